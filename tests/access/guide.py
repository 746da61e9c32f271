"""The guide of the draft in the table of routes."""

GUIDE = [
    {
        "key": key,
        "text": text,
        "answers": [
            {"key": "y", "text": "Yes", "then": {"text": "Escalate now."}},
            {"key": "n", "text": "No", "then": {"disposition": "no_response"}},
        ],
    }
    for key, text in (("danger", "Is somebody in danger?"), ("spam", "Is it spam?"))
]
