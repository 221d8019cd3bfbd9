"""Printing: the package of a batch of letters, and who prints it. Plain values; no models, no settings."""
