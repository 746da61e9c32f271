"""The policy at work: facts and rules in, findings with their reasons out. Knows no database and no web."""
