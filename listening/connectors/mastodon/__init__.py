"""Servers that speak the Mastodon API: an account there, and hashtags without one."""
