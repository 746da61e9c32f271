"""The guide of the draft in the table of routes."""

_ESCALATE = {"key": "y", "text": "Yes", "then": {"text": "Escalate now."}}
GUIDE = [
    {
        "key": "danger",
        "text": "Is somebody in danger?",
        "answers": [_ESCALATE, {"key": "n", "text": "No", "to": "spam"}],
    },
    {
        "key": "spam",
        "text": "Is it spam?",
        "answers": [_ESCALATE, {"key": "n", "text": "No", "then": {"disposition": "no_response"}}],
    },
]
