"""Benches: each makes its own data in its own database and says whether its figures hold."""
