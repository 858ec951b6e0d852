"""Which operation a request asks for, and of which resource: what rules are matched by."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sandbox.twin import autoscaling, query, restjson
from sandbox.twin.errors import Refusal
from sandbox.twin.model import AUTOSCALING, EKS, service_model

if TYPE_CHECKING:
    from sandbox.twin.wire import HttpRequest, Json

_NAMES = (
    "nodegroupName",
    "fargateProfileName",
    "addonName",
    "principalArn",
    "associationId",
    "serviceAccount",
    "resourceArn",
    "AutoScalingGroupName",
    "AutoScalingGroupNames.member.1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, understood.

    Attributes:
        cluster: name of the cluster that it is about, if it is about one.
        name: of the thing in the cluster.
        params: the parameters, as far as they can be read.
    """

    request: HttpRequest
    operation: str
    cluster: str | None
    name: str | None
    params: Json

    def concerns(self, operations: str, cluster: str | None, name: str | None) -> bool:
        """Is it one of these operations on this cluster and this thing?"""
        return (
            any(fnmatchcase(self.operation, pattern) for pattern in operations.split())
            and cluster in (None, self.cluster)
            and name in (None, self.name)
        )


def known_operations() -> list[str]:
    """Return the operations that rules may name: all of EKS's, and those of Auto Scaling that the twin answers."""
    return [*service_model(EKS).operation_names, *autoscaling.OPERATIONS]


def understand(request: HttpRequest) -> Asked | None:
    """Return what `request` asks for, or None for a request that is not the twin's to answer."""
    if request.service == AUTOSCALING:
        return _autoscaling(request)
    route = restjson.find_route(request.method, request.path) if request.service == EKS else None
    if route is None:
        return None
    operation, labels = route
    try:
        params = restjson.parse(operation, labels, request)
    except Refusal:  # the twin will say what is wrong with it
        params = dict(labels)
    in_path = operation.http["requestUri"].startswith("/clusters")
    cluster = params.get("clusterName") or (params.get("name") if in_path else None)
    return Asked(request=request, operation=operation.name, cluster=cluster, name=_name(params), params=params)


def _autoscaling(request: HttpRequest) -> Asked | None:
    fields = query.form(request.body or request.query.encode())
    name = fields.get(query.ACTION, "")
    if name not in autoscaling.OPERATIONS:
        return None
    return Asked(request=request, operation=name, cluster=None, name=_name(fields), params={})


def _name(params: Json) -> str | None:
    return next((params[member] for member in _NAMES if isinstance(params.get(member), str)), None)
