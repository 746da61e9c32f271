"""The one signal: rows are stored, whoever works with them may look."""

from django.dispatch import Signal

# Sent after the rows are written, in their transaction, with ``count``. It only
# saves time: the rows say by themselves that nobody has taken them in yet.
mentions_stored = Signal()
