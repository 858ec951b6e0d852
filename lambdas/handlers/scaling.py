"""The function ``scaling``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.scaling import removals, resources

handler = step_handler(resources, removals)
