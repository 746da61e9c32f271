"""Approvals: whose word an answer needs, and what they say."""
