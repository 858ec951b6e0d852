"""Closes: MiniStack authorises `iam:*` on `role/NAME`, where AWS means `role/PATH/NAME`.

So a policy for `role/slipway/*` never matched and every such call was refused. The ARN of something that exists is the
one it was created with; that of something being created has the path of the request. A name that does not exist has no
path: it stays `role/NAME`. The same holds for users, groups, policies and instance profiles. Resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ministack.services import iam

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.iam.form import ApiRequest

_SERVICE_LINKED_ROLES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "eks.amazonaws.com": "AWSServiceRoleForAmazonEKS",
    "eks-fargate.amazonaws.com": "AWSServiceRoleForAmazonEKSForFargate",
    "eks-nodegroup.amazonaws.com": "AWSServiceRoleForAmazonEKSNodegroup",
}


def iam_resource(request: ApiRequest) -> str:
    """The ARN an `iam:` action is authorised on; `*` for actions that take no resource."""
    if request.action == "CreateServiceLinkedRole":
        return _service_linked_role(request)
    if policy := request.param("PolicyName") if request.action == "CreatePolicy" else "":
        return _new(request, "policy", policy)
    for kind, field, existing in _kinds():
        if name := request.param(field):
            return _known_or_new(request, kind, name, existing)
    return request.param("PolicyArn") or request.param("OpenIDConnectProviderArn") or "*"


def spoken_resource(request: ApiRequest, resource: str) -> str:
    """How AWS names the resource when it refuses: `role NAME` where the request names the role, else its ARN."""
    if request.action.startswith(("Create", "List", "PassRole")):
        return resource
    for kind, field in (("role", "RoleName"), ("user", "UserName"), ("group", "GroupName")):
        if name := request.param(field):
            return f"{kind} {name}"
    return f"policy {resource}" if request.param("PolicyArn") else resource


def _kinds() -> tuple[tuple[str, str, Mapping[str, Mapping[str, object]]], ...]:
    """What can be named in a request, the most specific first: an attachment names its role and its policy."""
    return (
        ("instance-profile", "InstanceProfileName", iam._instance_profiles),  # noqa: SLF001 - MiniStack's store
        ("role", "RoleName", iam._roles),  # noqa: SLF001
        ("user", "UserName", iam._users),  # noqa: SLF001
        ("group", "GroupName", iam._groups),  # noqa: SLF001
    )


def _known_or_new(request: ApiRequest, kind: str, name: str, existing: Mapping[str, Mapping[str, object]]) -> str:
    known = existing.get(name)
    if known is not None and not request.action.startswith("Create"):
        return str(known["Arn"])
    return _new(request, kind, name)


def _new(request: ApiRequest, kind: str, name: str) -> str:
    path = request.param("Path") or "/"
    return f"arn:aws:iam::{request.account}:{kind}{path}{name}"


def _service_linked_role(request: ApiRequest) -> str:
    service = request.param("AWSServiceName")
    name = _SERVICE_LINKED_ROLES.get(service, "AWSServiceRoleFor" + service.split(".")[0].capitalize())
    return f"arn:aws:iam::{request.account}:role/aws-service-role/{service}/{name}"
