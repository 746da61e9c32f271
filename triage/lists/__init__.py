"""The lists of the inbox."""
