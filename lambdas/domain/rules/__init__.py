"""What one field cannot tell: the rules between fields, each a small pure function, in one table."""

from collections.abc import Callable, Iterable

from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.access import ACCESS_RULES
from lambdas.domain.rules.addons import ADDON_RULES
from lambdas.domain.rules.control_plane import CONTROL_PLANE_RULES
from lambdas.domain.rules.network import NETWORK_RULES
from lambdas.domain.rules.nodegroups import NODEGROUP_RULES
from lambdas.domain.rules.versions import VERSION_RULES
from lambdas.domain.spec import ClusterSpec

Rule = Callable[[ClusterSpec], Iterable[FieldError]]

RULES: tuple[Rule, ...] = (
    *NETWORK_RULES,
    *CONTROL_PLANE_RULES,
    *VERSION_RULES,
    *ACCESS_RULES,
    *ADDON_RULES,
    *NODEGROUP_RULES,
)


def broken(spec: ClusterSpec) -> tuple[FieldError, ...]:
    """Answer everything in which a spec breaks a rule; empty if it is valid."""
    return tuple(error for rule in RULES for error in rule(spec))
