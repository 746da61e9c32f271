"""What this app tells higher apps."""

from django.dispatch import Signal

# Sent in the transaction that erases a conversation, with its id: what higher apps keep of its
# words goes with it, or nothing goes.
conversation_erased = Signal()
