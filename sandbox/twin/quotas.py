"""Service Quotas: how much of everything the twin lets an account have, and how it says so (GetServiceQuota)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sandbox.twin.core import Core, Scope
    from sandbox.twin.wire import HttpRequest, Json

SIGNING_NAME: Final = "servicequotas"
"""What requests are signed for, and what IAM's actions begin with."""

GET: Final = "GetServiceQuota"
_EKS: Final = "eks"
_TARGET: Final = "x-amz-target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """An account's quotas for EKS, by default AWS's: https://docs.aws.amazon.com/general/latest/gr/eks.html."""

    clusters: int = 100
    nodegroups: int = 30
    nodes: int = 450


_NAMES: Final = {
    "L-1194D53C": ("clusters", "Clusters"),
    "L-6D54EA21": ("nodegroups", "Managed node groups per cluster"),
    "L-BD136A63": ("nodes", "Nodes per managed node group"),
}
"""The quotas that the twin enforces: code, member of `Quotas`, name."""


def operation(request: HttpRequest) -> str:
    """Return the operation that a request asks for, which a header names."""
    headers = {name.lower(): text for name, text in request.headers.items()}
    return headers.get(_TARGET, "").rpartition(".")[2]


def answer(core: Core, request: HttpRequest) -> tuple[int, Json] | None:
    """Return status and body of the answer to GetServiceQuota for EKS; None for what is not the twin's to answer."""
    asked = _asked(request)
    if asked.get("ServiceCode") != _EKS:
        return None
    code = str(asked.get("QuotaCode", ""))
    if code not in _NAMES:
        return 400, {"__type": "NoSuchResourceException", "Message": "The request failed because the quota is unknown."}
    member, name = _NAMES[code]
    return 200, {"Quota": _shown(core.scope, code, name, getattr(core.quotas, member))}


def _asked(request: HttpRequest) -> Json:
    if operation(request) != GET:
        return {}
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _shown(scope: Scope, code: str, name: str, value: int) -> Json:
    return {
        "ServiceCode": _EKS,
        "ServiceName": "Amazon Elastic Kubernetes Service (Amazon EKS)",
        "QuotaArn": f"arn:{scope.partition}:{SIGNING_NAME}:{scope.region}:{scope.account}:{_EKS}/{code}",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
