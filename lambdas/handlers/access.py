"""The function ``access``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.access import removals, resources, surplus

handler = step_handler(resources, removals, surplus)
