"""People, departments, what each may do, and how they are told."""
