"""Closes: MiniStack knows none of IAM's own condition keys, so a statement with one of them never matched.

Nor does it know the tags of load balancers.

Which action carries which key: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
(`aws:RequestTag/*` and `aws:TagKeys` MiniStack resolves itself; `iam:PassedToService` belongs to passrole.py.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import iam

from sandbox.balancers import tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.iam.form import ApiRequest

_SETS_BOUNDARY = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"})
_HAS_BOUNDARY = frozenset(
    f"{verb}{kind}{what}"
    for kind in ("Role", "User")
    for verb, what in (
        ("Attach", "Policy"),
        ("Detach", "Policy"),
        ("Put", "Policy"),
        ("Delete", "Policy"),
        ("Delete", "PermissionsBoundary"),
    )
)
_NAMES_POLICY = frozenset(f"{verb}{kind}Policy" for verb in ("Attach", "Detach") for kind in ("Role", "User", "Group"))


def iam_context(request: ApiRequest) -> dict[str, str]:
    """The condition keys of an `iam:` request and of the role, user or OIDC provider it is about."""
    return _boundary(request) | _policy(request) | _service(request) | _resource_tags(request)


def balancing_context(request: ApiRequest) -> dict[str, str]:
    """The condition keys of an `elasticloadbalancing:` request about one load balancer or target group."""
    tags = tags_of(request.param("LoadBalancerArn") or request.param("TargetGroupArn"))
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


def _boundary(request: ApiRequest) -> dict[str, str]:
    boundary = ""
    if request.action in _SETS_BOUNDARY:
        boundary = request.param("PermissionsBoundary")
    elif request.action in _HAS_BOUNDARY:
        boundary = str(_principal(request).get("PermissionsBoundary") or "")
    return {"iam:PermissionsBoundary": boundary} if boundary else {}


def _policy(request: ApiRequest) -> dict[str, str]:
    return {"iam:PolicyARN": request.param("PolicyArn")} if request.action in _NAMES_POLICY else {}


def _service(request: ApiRequest) -> dict[str, str]:
    service = request.param("AWSServiceName")
    return {"iam:AWSServiceName": service} if service else {}


def _resource_tags(request: ApiRequest) -> dict[str, str]:
    if request.action.startswith("Create"):
        return {}
    tags = {tag["Key"]: tag["Value"] for tag in _principal(request).get("Tags") or []}
    return {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", "iam") for key, value in tags.items()}


def _principal(request: ApiRequest) -> Mapping[str, Any]:
    """The role, user or OIDC provider the request names, if it exists; an empty mapping otherwise."""
    role = iam._roles.get(request.param("RoleName"))  # noqa: SLF001 - MiniStack's store
    user = iam._users.get(request.param("UserName"))  # noqa: SLF001
    provider = iam._oidc_providers.get(request.param("OpenIDConnectProviderArn"))  # noqa: SLF001
    found: Mapping[str, Any] = role or user or provider or {}
    return found
