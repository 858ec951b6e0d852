"""Chance that comes of a seed: the same for the same purpose, whatever else is drawn."""

from random import Random


def chance(seed: object, purpose: str) -> Random:
    """What draws for one purpose."""
    return Random(f"{seed}|{purpose}")  # noqa: S311 -- a simulation, not a secret
