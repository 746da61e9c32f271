"""Settings: ``development`` for one machine, ``production`` for a company, ``test`` for the suite."""
