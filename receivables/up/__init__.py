"""`python3 dev.py up`: the whole program on one machine, with private servers and demo data."""
