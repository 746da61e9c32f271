"""A guide of three questions, of which the machine can answer the first."""

from typing import Any

ABOUT_US = {
    "key": "about-us",
    "text": "Is it about us?",
    "answers": [
        {"key": "y", "text": "Yes", "to": "danger", "when": {"words": ["outage"]}},
        {"key": "n", "text": "No", "then": {"disposition": "no_response", "reason": "off_topic"}},
    ],
}
DANGER = {
    "key": "danger",
    "text": "Is somebody in danger?",
    "help": "Then every minute counts.",
    "answers": [
        {
            "key": "y",
            "text": "Yes",
            "then": {
                "disposition": "customer_service",
                "department": "care",
                "visibility": "private",
                "priority": 1,
                "tags": ["danger"],
                "text": "Call the officer on duty.",
            },
        },
        {"key": "n", "text": "No", "to": "worth"},
    ],
}
WORTH = {
    "key": "worth",
    "text": "Would an answer help?",
    "answers": [
        {"key": "1", "text": "Yes", "then": {"disposition": "public_response", "visibility": "public"}},
        {"key": "2", "text": "No", "then": {"disposition": "no_response", "reason": "no_value_added"}},
    ],
}
GUIDE: list[dict[str, Any]] = [ABOUT_US, DANGER, WORTH]

# As a decision keeps it.
SEEN = {"question": "about-us", "answer": "y", "by": "machine", "evidence": [["words", "outage"]]}


def said_by_person(question: str, answer: str) -> dict[str, Any]:
    """Return an answer of a person as a decision keeps it."""
    return {"question": question, "answer": answer, "by": "person", "evidence": []}
