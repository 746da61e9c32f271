"""The rows of this app."""

from policies.models.attestation import Attestation
from policies.models.rule import Rule, Target
from policies.models.version import Clause, PolicyVersion

__all__ = ["Attestation", "Clause", "PolicyVersion", "Rule", "Target"]
