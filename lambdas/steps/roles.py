"""IAM roles: the control plane's and the nodes'. The only step that may change anything in IAM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, PATH, RoleKind, role_arn, role_name
from lambdas.domain.pacing import PACES, Pace, Part
from lambdas.domain.preflight.trust import ASSUME, lets_in
from lambdas.domain.progress import Action, Failed, Ready, Report, Waiting
from lambdas.steps import identity_provider
from lambdas.steps.contract import ABSENT_SLIPWAY_ROLES, LEDGER, OURS, SLIPWAY_ROLES, Permission, StepContract
from lambdas.steps.role_removal import BY_EKS, DepartingRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_iam.type_defs import RoleTypeDef

    from lambdas.domain.names import Home
    from lambdas.domain.progress import Progress
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

POLICIES: Final[dict[RoleKind, tuple[str, ...]]] = {
    RoleKind.CLUSTER: ("AmazonEKSClusterPolicy",),
    RoleKind.NODE: ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"),
}
"""The AWS managed policies that Slipway may attach: these and no others."""

_SERVICES: Final = {RoleKind.CLUSTER: "eks.amazonaws.com", RoleKind.NODE: "ec2.amazonaws.com"}

_ONLY_BOUND: Final = {"StringEquals": {"iam:PermissionsBoundary": "{boundary}"}}
_MADE_LATER: Final = "Roles are made at run time, all of them below one path."

CONTRACT: Final = StepContract(
    name="roles",
    purpose="Makes the IAM roles of clusters and nodes, below one path and within one permissions boundary",
    parts=(Part.CLUSTER_ROLE, Part.NODE_ROLE),
    permissions=(
        LEDGER,
        Permission(
            actions=("iam:GetRole", "iam:ListAttachedRolePolicies"),
            resources=(SLIPWAY_ROLES, ABSENT_SLIPWAY_ROLES, "{passable_roles}"),
            reads=True,
            why_wildcard=_MADE_LATER,
        ),
        Permission(
            actions=("iam:CreateRole",), resources=(SLIPWAY_ROLES,), conditions=_ONLY_BOUND, why_wildcard=_MADE_LATER
        ),
        Permission(
            actions=("iam:AttachRolePolicy",),
            resources=(SLIPWAY_ROLES,),
            conditions={
                **_ONLY_BOUND,
                "ArnEquals": {
                    "iam:PolicyARN": tuple(
                        f"arn:{{partition}}:iam::aws:policy/{name}" for names in POLICIES.values() for name in names
                    )
                },
            },
            why_wildcard=_MADE_LATER,
        ),
        Permission(
            actions=("iam:ListRolePolicies", "iam:ListInstanceProfilesForRole"),
            resources=(SLIPWAY_ROLES,),
            why_wildcard=_MADE_LATER,
        ),
        Permission(
            actions=("iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"),
            resources=(SLIPWAY_ROLES,),
            conditions=OURS,
            why_wildcard=_MADE_LATER,
        ),
        Permission(
            actions=("iam:RemoveRoleFromInstanceProfile", "iam:DeleteInstanceProfile"),
            resources=(f"arn:{{partition}}:iam::{{account}}:instance-profile/{BY_EKS}*",),
            why_wildcard="EKS chooses the names of the instance profiles that it makes for nodes.",
        ),
        *identity_provider.PERMISSIONS,
        Permission(actions=("iam:TagRole",), resources=(SLIPWAY_ROLES,), implied=True, why_wildcard=_MADE_LATER),
    ),
)


def resources(scope: Scope, part: Part) -> Iterator[Resource]:
    """The roles of one part: those that the spec names are only looked at."""
    if part is Part.CLUSTER_ROLE:
        yield from _role(scope, part, RoleKind.CLUSTER, scope.spec.roleArn)
        return
    given = dict.fromkeys(group.nodeRole for group in scope.spec.nodegroups)
    for arn in given:
        yield from _role(scope, part, RoleKind.NODE, arn)


def removals(scope: Scope, part: Part) -> Iterator[Removable]:
    """The role that Slipway makes for this part, whether or not the spec names another one by now.

    With the cluster's goes what lets pods have roles by its issuer, if that is ours.
    """
    kind = RoleKind.CLUSTER if part is Part.CLUSTER_ROLE else RoleKind.NODE
    if kind is RoleKind.CLUSTER:
        yield identity_provider.DepartingProvider(scope)
    yield DepartingRole(OwnRole(scope, part, kind))


def cluster_role(scope: Scope) -> str:
    """The ARN of the control plane's role."""
    return scope.spec.roleArn or role_arn(scope.home, scope.cluster, RoleKind.CLUSTER)


def node_role(scope: Scope, given: str | None) -> str:
    """The ARN of a node group's role."""
    return given or role_arn(scope.home, scope.cluster, RoleKind.NODE)


def _role(scope: Scope, part: Part, kind: RoleKind, given: str | None) -> Iterator[Resource]:
    if given:
        yield GivenRole(scope, kind, given)
        return
    role = OwnRole(scope, part, kind)
    yield role
    for policy in POLICIES[kind]:
        yield Attachment(role, policy)


@dataclass(frozen=True, slots=True)
class GivenRole:
    """A role that the spec names: it must be there; nothing about it is changed."""

    scope: Scope
    kind: RoleKind
    arn: str

    @property
    def path(self) -> str:
        """``roles/<name>``."""
        return f"roles/{self.arn.rpartition('/')[2]}"

    def look(self) -> Report:
        """Whether the role exists under exactly this ARN and trusts whom it is for."""
        name = self.arn.rpartition("/")[2]
        answer = found(lambda: self.scope.aws.iam.get_role(RoleName=name))
        if answer is None or answer["Role"]["Arn"] != self.arn:
            missing = Failed(
                "RoleNotFound",
                f"There is no role {self.arn}.",
                f"Create it, or leave the role out of the spec and Slipway makes one for the {self.kind}.",
            )
            return Report(resource=self.path, progress=missing)
        progress = Ready() if _is_trusting(answer["Role"], self.kind) else _not_trusting(answer["Role"], self.kind)
        return Report(resource=self.path, progress=progress, facts={"arn": self.arn})

    def change(self, _: Action) -> Progress:
        """Nothing is ever due."""
        return Ready()


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that Slipway makes for this cluster, and adopts again only if it bears all our marks."""

    scope: Scope
    part: Part
    kind: RoleKind

    @property
    def path(self) -> str:
        """``roles/cluster`` or ``roles/node``."""
        return f"roles/{self.kind}"

    @property
    def name(self) -> str:
        """The role's name, without its path."""
        return role_name(self.scope.cluster, self.kind)

    def look(self) -> Report:
        """Missing, ours, or somebody else's."""
        answer = found(lambda: self.scope.aws.iam.get_role(RoleName=self.name))
        if answer is None:
            return Report(
                resource=self.path,
                progress=PACES[self.part].wait("not there"),
                action=Action(
                    verb="create",
                    resource=self.path,
                    reason=f"there is no role {PATH}{self.name}",
                    consequence=f"an IAM role for {_SERVICES[self.kind]}, within Slipway's permissions boundary",
                ),
            )
        role = answer["Role"]
        return Report(resource=self.path, progress=self._progress(role), facts={"arn": role["Arn"]})

    def change(self, _: Action) -> Progress:
        """Create the role. That it is there shows at the next look."""
        scope = self.scope
        scope.aws.iam.create_role(
            RoleName=self.name,
            Path=PATH,
            AssumeRolePolicyDocument=json.dumps(trust(scope.home, self.kind)),
            PermissionsBoundary=scope.settings.boundary_arn,
            Description=f"The {self.kind} role of the EKS cluster {scope.cluster}, made by Slipway",
            Tags=[{"Key": key, "Value": value} for key, value in scope.tags(scope.spec.tags).items()],
        )
        return PACES[self.part].wait("created")

    def _progress(self, role: RoleTypeDef) -> Progress:
        if not self.is_ours(role):
            return self._foreign(role["Arn"])
        return Ready() if _is_trusting(role, self.kind) else _not_trusting(role, self.kind)

    def is_ours(self, role: RoleTypeDef) -> bool:
        """Whether a role of this name bears all our marks."""
        tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
        boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return (
            role["Path"] == PATH
            and tags.get(OWNER_TAG) == self.scope.cluster
            and boundary == self.scope.settings.boundary_arn
        )

    def _foreign(self, arn: str) -> Failed:
        return Failed(
            "RoleNotOurs",
            f"{arn} exists, but lacks Slipway's path, its tag {OWNER_TAG} or its permissions boundary.",
            "Delete or rename that role, or name a role of your own in the spec.",
        )


@dataclass(frozen=True, slots=True)
class Attachment:
    """One AWS managed policy on a role, which must be ours."""

    role: OwnRole
    policy: str

    @property
    def path(self) -> str:
        """``roles/node/AmazonEKS_CNI_Policy``."""
        return f"{self.role.path}/{self.policy}"

    @property
    def _arn(self) -> str:
        return f"arn:{self.role.scope.home.partition}:iam::aws:policy/{self.policy}"

    @property
    def _pace(self) -> Pace:
        return PACES[self.role.part]

    def look(self) -> Report:
        """Whether the policy is attached, unless the role is somebody else's."""
        role = self.role.look().progress
        if isinstance(role, Failed):
            return Report(resource=self.path, progress=role)
        answer = found(lambda: self.role.scope.aws.iam.list_attached_role_policies(RoleName=self.role.name))
        attached = [policy.get("PolicyArn") for policy in answer["AttachedPolicies"]] if answer else []
        if self._arn in attached:
            return Report(resource=self.path, progress=Ready())
        action = Action(
            verb="attach",
            resource=self.path,
            reason="the role does not carry it",
            consequence=f"{self.policy} is attached to {PATH}{self.role.name}",
        )
        return Report(resource=self.path, progress=self._pace.wait("not attached"), action=action)

    def change(self, _: Action) -> Waiting:
        """Attach the policy."""
        self.role.scope.aws.iam.attach_role_policy(RoleName=self.role.name, PolicyArn=self._arn)
        return self._pace.wait("attached")


def _is_trusting(role: RoleTypeDef, kind: RoleKind) -> bool:
    """Whether the role lets its service in: what EKS tells only as a role that it does not see yet."""
    return lets_in(role.get("AssumeRolePolicyDocument"), _SERVICES[kind], (ASSUME,))


def _not_trusting(role: RoleTypeDef, kind: RoleKind) -> Failed:
    return Failed(
        "RoleTrust",
        f"The trust policy of {role['Arn']} does not let {_SERVICES[kind]} do {ASSUME}: "
        f"{json.dumps(role.get('AssumeRolePolicyDocument'))}.",
        f"Add a statement to it that allows {ASSUME} to the service {_SERVICES[kind]}; then send the same spec again.",
    )


def trust(home: Home, kind: RoleKind) -> dict[str, object]:
    """Who may assume the role. EKS says for which account it asks; EC2 does not."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": _principals(home, kind)},
        "Action": ASSUME,
    }
    if kind is RoleKind.CLUSTER:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": home.account}}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _principals(home: Home, kind: RoleKind) -> str | list[str]:
    """EKS in China looks for EC2's name there (pulumi/pulumi-eks#796)."""
    service = _SERVICES[kind]
    return [service, f"{service}.cn"] if home.partition == "aws-cn" and kind is RoleKind.NODE else service
