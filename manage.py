#!/usr/bin/env python3
"""The command line of the program. Where DATABASE_URL is not set, it starts or finds the private servers first."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "receivables.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
