"""The servers and processes of one machine: what `manage.py up` and `manage.py test` start."""
