"""A version as a folder of readable files, for a team that keeps its policy in git."""
