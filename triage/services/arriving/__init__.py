"""From what was heard to conversations."""
