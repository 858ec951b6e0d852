"""The function ``cluster``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.cluster import removals, resources

handler = step_handler(resources, removals)
