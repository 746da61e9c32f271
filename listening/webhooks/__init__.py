"""What other systems hand to us: whose call it is, and what it says."""
