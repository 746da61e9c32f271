"""Who answers, and the answering."""
