"""A customer in memory, chased day by day: the same judgement as the run, with books that only remember. Pure."""
