"""This app for other programs."""
