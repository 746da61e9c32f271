"""What is done with a conversation, by people and by rules."""
