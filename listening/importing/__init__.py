"""Files of mentions that people bring: reading rows, and what their columns mean."""
