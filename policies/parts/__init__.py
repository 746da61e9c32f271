"""Everything that a version consists of beside its clauses and their rules; one module for each part.

A part is added by a module with a ``PART`` and one line in ``PARTS``.
"""

from policies.parts import checked, grace, guide, lists, quiz, targets, thanks
from policies.parts.base import Part

# In the order of policy.yaml, and of every comparison.
PARTS: tuple[Part, ...] = (targets.PART, thanks.PART, grace.PART, guide.PART, quiz.PART, checked.PART, lists.PART)
