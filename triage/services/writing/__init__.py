"""What is written before anything is sent."""
