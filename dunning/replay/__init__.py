"""Play scenarios against the real code: real models, real actions, adapters that only record, in a scratch database."""

from dunning.replay.player import Result, play

__all__ = ["Result", "play"]
