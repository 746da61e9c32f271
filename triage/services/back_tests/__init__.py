"""Trying a version of the policy on the past."""
