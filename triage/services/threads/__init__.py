"""Which messages are one conversation: merging, taking apart, folding."""
