"""Who answers: claiming, handing over, resting."""
