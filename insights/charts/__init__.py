"""Charts drawn on the server: SVG whose colours are classes and whose text keeps its size at every width."""
