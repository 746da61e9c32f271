"""The rows of this app."""

from policies.models.attestation import Attestation, Reminder
from policies.models.incident import Incident
from policies.models.quiz import Question, QuizTry
from policies.models.review import Comment, Review, Upload
from policies.models.rule import Rule, Target
from policies.models.rule_count import RuleCount
from policies.models.version import Clause, PolicyVersion
from policies.models.waiver import Waiver
from policies.models.word_list import WordList

__all__ = [
    "Attestation",
    "Clause",
    "Comment",
    "Incident",
    "PolicyVersion",
    "Question",
    "QuizTry",
    "Reminder",
    "Review",
    "Rule",
    "RuleCount",
    "Target",
    "Upload",
    "Waiver",
    "WordList",
]
