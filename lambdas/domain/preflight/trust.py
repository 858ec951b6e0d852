"""What a role's trust policy says: who may assume the role.

Only what is certain counts as a no. Conditions are IAM's to judge, and so are statements written by exclusion.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

ASSUME = "sts:AssumeRole"
TAG_SESSION = "sts:TagSession"


def lets_in(policy: object, service: str, actions: Iterable[str]) -> bool:
    """Answer whether a trust policy may let a service, such as `eks.amazonaws.com`, do all of the actions."""
    if not isinstance(policy, Mapping):
        return True  # an emulator's text, which says nothing against it
    statements = [
        it for it in _list(policy.get("Statement")) if isinstance(it, Mapping) and it.get("Effect") == "Allow"
    ]
    return all(any(_is_about(it, service) and _grants(it, action) for it in statements) for action in actions)


def _is_about(statement: Mapping[str, object], service: str) -> bool:
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return principal == "*"
    named = _list(principal.get("Service"))
    return service in named or f"{service}.cn" in named or "*" in (*named, *_list(principal.get("AWS")))


def _grants(statement: Mapping[str, object], action: str) -> bool:
    patterns = [str(pattern).lower() for pattern in _list(statement.get("Action"))]
    return "NotAction" in statement or any(fnmatchcase(action.lower(), pattern) for pattern in patterns)


def _list(value: object) -> list[object]:
    """Policies have one or many of everything."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
