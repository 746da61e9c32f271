"""The way out, and what becomes of answers that are out."""
