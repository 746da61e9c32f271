#!/usr/bin/env python3
"""Run Socialhub: `python3 manage.py up` starts it, `python3 manage.py test` tests it."""

import os
import sys

import bootstrap


def main():
    """Make the environment when it is missing, then hand over to Django."""
    bootstrap.enter(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialhub.settings.development")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError as missing:
        sys.exit(bootstrap.foreign_environment_problem(missing.name))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
