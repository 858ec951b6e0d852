"""The function ``roles``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.roles import removals, resources

handler = step_handler(resources, removals)
