"""What the record says, in sentences."""
