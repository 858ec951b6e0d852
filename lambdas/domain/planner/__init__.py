"""The planner: what has to change so that what AWS reports is what the spec says. Looks feed it, runs follow it."""

from lambdas.domain.planner.differences import Difference, Update

__all__ = ["Difference", "Update"]
