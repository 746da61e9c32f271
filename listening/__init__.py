"""What is being said."""
