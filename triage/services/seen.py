"""What somebody had before them when they acted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """What the writer had before them: the fence, the last inbound mention and the policy version."""

    fence: int
    mention_id: int
    policy_version_id: int
