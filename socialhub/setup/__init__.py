"""The first visit: who we are, who looks after this, what we promise."""
