"""What the person at the terminal has to mend."""


class LocalProblem(Exception):
    """One sentence that says what is wrong on this machine and what to do."""
