"""What the company said it would do."""
