"""The function ``network``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.network import removals, resources

handler = step_handler(resources, removals)
