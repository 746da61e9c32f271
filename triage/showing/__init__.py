"""Conversations and all around them as pages show them."""
