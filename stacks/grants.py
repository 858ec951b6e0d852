"""Step contracts as IAM statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from stacks.reviews import explain_wildcard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdas.steps.contract import Permission


def statements(permissions: Iterable[Permission], places: Mapping[str, str | list[str]]) -> list[iam.PolicyStatement]:
    """One statement a permission.

    ``places`` fills the placeholders of contracts; a list makes a resource of each of its entries. A permission that
    is left without any resource grants nothing and makes no statement.
    """
    return [
        iam.PolicyStatement(
            actions=list(permission.actions),
            resources=resources,
            conditions=_conditions(permission, places) or None,
        )
        for permission in permissions
        if (resources := _resources(permission, places))
    ]


def explain_wildcards(role: iam.Role, permissions: Iterable[Permission], places: Mapping[str, str | list[str]]) -> None:
    """Tell the reviewers why resources are as wide as they are: the contracts say it."""
    reasons: dict[str, str] = {}
    for permission in permissions:
        for resource in _resources(permission, places):
            if "*" in resource:
                reasons.setdefault(resource, permission.why_wildcard)
    for resource, reason in reasons.items():
        explain_wildcard(role, resource, reason)


def _resources(permission: Permission, places: Mapping[str, str | list[str]]) -> list[str]:
    return [resource for template in permission.resources for resource in _filled(template, places)]


def _filled(template: str, places: Mapping[str, str | list[str]]) -> list[str]:
    whole = places.get(template.strip("{}"))
    if isinstance(whole, list):
        return whole
    return [template.format(**places)]


def _conditions(permission: Permission, places: Mapping[str, str | list[str]]) -> dict[str, dict[str, str | list[str]]]:
    return {
        operator: {
            key: value.format(**places) if isinstance(value, str) else [one.format(**places) for one in value]
            for key, value in keys.items()
        }
        for operator, keys in permission.conditions.items()
    }
