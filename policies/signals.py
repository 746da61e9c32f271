"""The one signal: the incidents are others than before, whoever works with them may look."""

from django.dispatch import Signal

# Sent after the row is written, in its transaction, with ``incident_id``. It only saves time: the row says by
# itself, with its revision, what is to be looked at again.
incidents_changed = Signal()
