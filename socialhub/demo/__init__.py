"""The invented company of the demonstration: Tavolund, maker of folding e-bikes."""
