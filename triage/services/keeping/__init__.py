"""How long conversations are kept, and how they are erased."""
