"""The function ``nodegroups``."""

from lambdas.handlers.looking import step_handler
from lambdas.steps.nodegroups import removals, resources, surplus

handler = step_handler(resources, removals, surplus)
