"""One act on many conversations."""
