"""How fast, as ratios to a floor that is measured in the same run on the same server. Run: python3 dev.py bench [--size 10k] [W1 W3 …]"""
