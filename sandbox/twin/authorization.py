"""What IAM would check before EKS or Auto Scaling serves a request: actions, resources and condition keys.

Resources are those of AWS's service authorization reference: a create is authorised on the cluster, everything else
on the resource itself. A pure function of the request; who enforces it, and whether, is decided elsewhere.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.twin import query, quotas, restjson
from sandbox.twin.core import Scope
from sandbox.twin.errors import Refusal
from sandbox.twin.model import AUTOSCALING, EKS, service_model

if TYPE_CHECKING:
    from sandbox.twin.wire import HttpRequest, Json
    from sandbox.world import LaunchTemplate

ANY = "*"
_SERVICE = "eks.amazonaws.com"
_POD_SERVICE = "pods.eks.amazonaws.com"
_NODE_SERVICE = "ec2.amazonaws.com"
_CREDENTIAL = re.compile(r"Credential=[^/,]+/\d{8}/(?P<region>[^/]+)/")
_NODEGROUP_ROLE = "aws-service-role/eks-nodegroup.amazonaws.com/AWSServiceRoleForAmazonEKSNodegroup"
_NO_SERVICE_ROLE = (
    "Failed to validate if SLR: AWSServiceRoleForAmazonEKSNodegroup already exists due to missing permissions for"
    " 'iam:GetRole'"
)
_NO_LAUNCH = (
    "You are not authorized to launch instances with this launch template. Encoded authorization failure message:"
)
_LAUNCHED = ("instance", "network-interface", "volume", "security-group")

Context = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One thing the caller must be allowed: an IAM action on a resource, under these condition keys.

    `eks_says` is how EKS words that it is lacking, with an InvalidRequestException, where EKS itself asks another
    service in the caller's name. Otherwise AWS denies the access in the usual words.
    """

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    eks_says: str = ""


Existing = Callable[[str], str | None]
"""Completes the ARN of something that exists, whose last part only EKS knows; None if it does not exist."""

Templates = Callable[["Json"], "LaunchTemplate | None"]
"""Finds the launch template that a request names; None if it does not exist, which EKS will say in a moment."""


def permissions(
    request: HttpRequest,
    scope: Scope | None = None,
    existing: Existing = lambda _arn: None,
    templates: Templates = lambda _asked: None,
) -> list[Permission]:
    """Return all that the caller of `request` needs; an unknown request needs nothing, for it does nothing.

    Args:
        request: the request.
        scope: partition, region and account of the twin; by default the twin's own defaults, and the region that
            the request is signed for.
        existing: completes ARNs that end in a UUID. Where it cannot, that part is `*`.
        templates: finds launch templates. Without one it is not known what launching from a template takes.
    """
    scope = scope or Scope(partition="aws", region=_signed_region(request), account="000000000000")
    if request.service == AUTOSCALING:
        return _autoscaling(request, scope)
    if request.service == quotas.SIGNING_NAME:
        return [Permission(action=f"{quotas.SIGNING_NAME}:{quotas.operation(request)}", resource=ANY)]
    route = restjson.find_route(request.method, request.path) if request.service == EKS else None
    if route is None:
        return []
    operation, labels = route
    try:
        params = restjson.parse(operation, labels, request)
    except Refusal:  # EKS will refuse it in a moment, and better
        params = dict(labels)
    resource = _resource(operation.http["requestUri"], params, scope)
    known = existing(resource) or resource
    action = Permission(action=f"eks:{operation.name}", resource=known, context=_context(operation.name, params))
    return [action, *_more(operation.name, params, scope), *_launch(params, scope, templates)]


def _signed_region(request: HttpRequest) -> str:
    headers = {name.lower(): value for name, value in request.headers.items()}
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    return found["region"] if found else "us-east-1"


_BY_PATH = (
    ("/node-groups/{", "nodegroup", "nodegroupName"),
    ("/addons/{", "addon", "addonName"),
    ("/fargate-profiles/{", "fargateprofile", "fargateProfileName"),
    ("/pod-identity-associations/{", "podidentityassociation", "associationId"),
)
_WITHOUT_UUID = ("podidentityassociation",)


def _resource(uri: str, params: Json, scope: Scope) -> str:
    """Return the ARN that an operation with this path is authorised on."""
    if uri.startswith("/tags/"):
        return str(params["resourceArn"])
    cluster = params.get("clusterName") or params.get("name")
    if not uri.startswith("/clusters") or cluster is None:
        return ANY
    if "/access-entries/{" in uri:
        return scope.eks(f"access-entry/{cluster}/{_principal(params['principalArn'])}/{ANY}")
    for part, kind, member in _BY_PATH:
        if part in uri:
            tail = "" if kind in _WITHOUT_UUID else f"/{ANY}"
            return scope.eks(f"{kind}/{cluster}/{params[member]}{tail}")
    return scope.eks(f"cluster/{cluster}")


def _principal(arn: str) -> str:
    """Return a principal as access entry ARNs carry it: kind, account, name."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    account = (arn.split(":") + [""] * 5)[4]
    return f"{kind}/{account}/{name or kind}"


def _context(operation: str, params: Json) -> Context:
    """Return the condition keys: tags in the request, and EKS's own keys."""
    tags = params.get("tags", {})
    context: Context = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    keys = list(tags) or params.get("tagKeys", [])
    if keys:
        context["aws:TagKeys"] = list(keys)
    return context | _eks_keys(operation, params)


def _eks_keys(operation: str, params: Json) -> Context:
    config = params.get("accessConfig", {})
    scope = params.get("accessScope", {})
    said = {
        "eks:authenticationMode": config.get("authenticationMode"),
        "eks:bootstrapClusterCreatorAdminPermissions": config.get("bootstrapClusterCreatorAdminPermissions"),
        "eks:bootstrapSelfManagedAddons": params.get("bootstrapSelfManagedAddons"),
        "eks:principalArn": params.get("principalArn"),
        "eks:policyArn": params.get("policyArn"),
        "eks:accessScope": scope.get("type"),
        "eks:namespaces": scope.get("namespaces"),
        "eks:kubernetesGroups": params.get("kubernetesGroups"),
        "eks:username": params.get("username"),
        "eks:accessEntryType": params.get("type") if "AccessEntry" in operation else None,
    }
    return {key: _text(value) for key, value in said.items() if value is not None}


def _text(value: object) -> str | list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _more(operation: str, params: Json, scope: Scope) -> Iterator[Permission]:
    """Yield what is needed beside the action: passing roles, using keys, looking at service-linked roles."""
    pods = "PodIdentity" in operation
    if "roleArn" in params:
        yield _pass(params["roleArn"], _POD_SERVICE if pods else _SERVICE)
    if "nodeRole" in params:
        yield _pass(params["nodeRole"], _SERVICE)
        yield _pass(params["nodeRole"], _NODE_SERVICE)
        role = f"arn:{scope.partition}:iam::{scope.account}:role/{_NODEGROUP_ROLE}"
        yield Permission(action="iam:GetRole", resource=role, eks_says=_NO_SERVICE_ROLE)
    for arn in (params.get("serviceAccountRoleArn"), params.get("computeConfig", {}).get("nodeRoleArn")):
        if arn:
            yield _pass(arn, _SERVICE)
    if operation == "CreateAccessEntry" and params.get("type", "STANDARD") != "STANDARD":
        yield _pass(params.get("principalArn", ANY), _SERVICE)
    for association in params.get("podIdentityAssociations", []):
        cluster = scope.eks(f"cluster/{params.get('clusterName')}")
        yield Permission(action="eks:CreatePodIdentityAssociation", resource=cluster)
        yield _pass(association.get("roleArn", ANY), _POD_SERVICE)
    for encryption in params.get("encryptionConfig", []):
        key = encryption.get("provider", {}).get("keyArn", ANY)
        yield Permission(action="kms:DescribeKey", resource=key)
        yield Permission(action="kms:CreateGrant", resource=key)


def _launch(params: Json, scope: Scope, templates: Templates) -> Iterator[Permission]:
    """Yield what launching instances from a launch template takes: EKS tries it in the caller's name.

    Sources: https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html (RunInstances, and CreateTags where
    the template has tags), the refusal scylladb/scylla-cluster-tests#12172; that EKS reads the template in the
    caller's name is assumed.
    """
    found = templates(params["launchTemplate"]) if "launchTemplate" in params else None
    if found is None:
        return
    yield Permission(action="ec2:DescribeLaunchTemplateVersions", resource=ANY)
    template = scope.ec2(f"launch-template/{found.template_id}")
    context: Context = {"ec2:LaunchTemplate": template, "ec2:IsLaunchTemplateResource": "true"}
    image = f"arn:{scope.partition}:ec2:{scope.region}::image/{found.image_id or ANY}"
    subnets = [scope.ec2(f"subnet/{subnet}") for subnet in params.get("subnets", [])]
    new = [scope.ec2(f"{kind}/{ANY}") for kind in _LAUNCHED]
    for resource in (template, image, *subnets, *new):
        yield _launching("ec2:RunInstances", resource, context)
    for tagged in found.data.get("TagSpecifications", []):
        tags: Context = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tagged["Tags"]}
        new_thing = scope.ec2(f"{tagged['ResourceType']}/{ANY}")
        yield _launching("ec2:CreateTags", new_thing, {**tags, "ec2:CreateAction": "RunInstances"})


def _launching(action: str, resource: str, context: Context) -> Permission:
    failure = json.dumps({"allowed": False, "context": {"action": action, "resource": resource}})
    encoded = base64.urlsafe_b64encode(failure.encode()).decode()
    return Permission(action=action, resource=resource, context=context, eks_says=f"{_NO_LAUNCH} {encoded}")


def _pass(role_arn: str, service: str) -> Permission:
    return Permission(action="iam:PassRole", resource=role_arn, context={"iam:PassedToService": service})


def _autoscaling(request: HttpRequest, scope: Scope) -> list[Permission]:
    fields = query.form(request.body or request.query.encode())
    name = fields.get(query.ACTION, "")
    if name not in service_model(AUTOSCALING).operation_names:
        return []
    group = fields.get("AutoScalingGroupName")
    on_group = group is not None and not name.startswith("Describe")
    resource = scope.group(ANY, str(group)) if on_group else ANY
    return [Permission(action=f"autoscaling:{name}", resource=resource)]
