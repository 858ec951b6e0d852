"""The function ``cluster``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.cluster import resources

handler = step_handler(resources)
