"""The function ``addons``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.addons import removals, resources, surplus

handler = step_handler(resources, removals, surplus)
