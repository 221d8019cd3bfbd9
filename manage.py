#!/usr/bin/env python3
"""The command line of the program. Where DATABASE_URL is not set, it starts or finds the private servers first."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "receivables.settings")
    from receivables.command_line import run

    sys.exit(run(sys.argv))
