"""The course of a new member, and its practice."""
