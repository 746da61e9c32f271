"""Streams as people look after them: pages and forms."""
