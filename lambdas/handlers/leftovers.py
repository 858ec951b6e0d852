"""The function ``leftovers``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.leftovers import removals, resources

handler = step_handler(resources, removals)
