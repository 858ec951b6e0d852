"""The control plane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.clients import answered_at
from lambdas.aws.errors import api_error, found, progress_of
from lambdas.domain import pacing
from lambdas.domain.calendar import instant_text
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.paths import ADDONS, CLUSTER, FARGATE, NETWORK, NODEGROUPS
from lambdas.domain.placement import LEFT_OUT, within
from lambdas.domain.planner import cluster as planner
from lambdas.domain.planner import tags
from lambdas.domain.planner.differences import Effect
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report
from lambdas.domain.requests import create_cluster, wanted_cluster
from lambdas.domain.tokens import request_token
from lambdas.steps.contract import ANY_NAME, LEDGER, OPERATORS_CHOICE, OURS, Permission, StepContract, eks, pass_role
from lambdas.steps.convergence import Changed
from lambdas.steps.network import subnet_zones
from lambdas.steps.reading import adoptions, belongs, broken, foreign, is_ours, missing, present
from lambdas.steps.removal import Settled, asked, denied, gone, left, not_ours, standing
from lambdas.steps.roles import cluster_role
from lambdas.steps.updating import rolling, send, settled
from lambdas.steps.upgrading import REFRESH, refresh, upgraded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError
    from mypy_boto3_eks.type_defs import ClusterTypeDef, DescribeClusterResponseTypeDef

    from lambdas.domain.planner import Update
    from lambdas.steps.convergence import Removable, Resource
    from lambdas.steps.scope import Scope

_GO_WITH_IT: Final = (NODEGROUPS, ADDONS, "access/", "podidentity/", FARGATE)
_BY_CLUSTER_NAME: Final = frozenset({"associate_encryption_config"})
"""The operations that call the cluster's name so; the others just ``name``."""

_NOT_OURS: Final = (
    "Choose another name; or, if it is to become this Slipway's, DELETE this name, which leaves that cluster as it is, "
    "and adopt it."
)

_OUTLIVE_IT: Final = ("arn", "vpcId", "logged", "issuer", "createdAt")
"""Facts by which what it leaves behind is told from what is somebody else's."""

CONTRACT: Final = StepContract(
    name="cluster",
    purpose="Makes the control plane and watches it",
    parts=(Part.CLUSTER,),
    permissions=(
        LEDGER,
        Permission(
            actions=("eks:DescribeCluster", "eks:DescribeUpdate", "eks:ListInsights"),
            resources=(eks("cluster/*"),),
            reads=True,
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=("eks:DescribeNodegroup",), resources=(eks("nodegroup/*"),), reads=True, why_wildcard=ANY_NAME
        ),
        Permission(
            actions=("eks:CreateCluster", "eks:StartInsightsRefresh", "eks:TagResource"),
            resources=(eks("cluster/*"),),
            why_wildcard=ANY_NAME,
        ),
        Permission(
            actions=(
                "eks:UpdateClusterConfig",
                "eks:UpdateClusterVersion",
                "eks:AssociateEncryptionConfig",
                "eks:UntagResource",
                "eks:DeleteCluster",
            ),
            resources=(eks("cluster/*"),),
            conditions=OURS,
            why_wildcard=ANY_NAME,
        ),
        pass_role("eks.amazonaws.com"),
        Permission(
            actions=("kms:DescribeKey", "kms:CreateGrant"),
            resources=("{keys}",),
            implied=True,
            why_wildcard=OPERATORS_CHOICE,
        ),
        Permission(
            actions=("iam:CreateServiceLinkedRole",),
            resources=(
                "arn:{partition}:iam::{account}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
            ),
            conditions={"StringEquals": {"iam:AWSServiceName": "eks.amazonaws.com"}},
            implied=True,
        ),
    ),
)


def resources(scope: Scope, _: Part) -> Iterator[Resource]:
    """The one control plane."""
    yield ControlPlane(scope)


def removals(scope: Scope, _: Part) -> Iterator[Removable]:
    """The control plane, and once it is gone all that went with it. To be walked lazily, as ``remove`` does."""
    plane = Departing(scope)
    yield plane
    if plane.is_gone:
        yield from (Settled(gone(scope, path)) for path in scope.observed if path.startswith(_GO_WITH_IT))


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """The EKS cluster itself; found again by its name, and ours by its tag."""

    scope: Scope

    @property
    def path(self) -> str:
        """``cluster``."""
        return CLUSTER

    def look(self) -> Report:
        """DescribeCluster."""
        answer = found(lambda: self.scope.aws.eks.describe_cluster(name=self.scope.cluster))
        if answer is None:
            return self._missing()
        return self._compared(answer)

    def change(self, action: Action) -> Progress | Changed:
        """An update, or new checks before one; or CreateCluster, without the subnets in zones that have no room."""
        if action.update is not None:
            member = "clusterName" if action.update.operation in _BY_CLUSTER_NAME else "name"
            return send(self.scope, action, {member: self.scope.cluster})
        if action.verb == REFRESH:
            return refresh(self.scope, action)
        try:
            return self._create()
        except self.scope.aws.eks.exceptions.UnsupportedAvailabilityZoneException as refusal:
            return self._elsewhere(refusal)

    def _compared(self, answer: DescribeClusterResponseTypeDef) -> Report:
        """What is there beside what the spec says. A cluster that EKS is still making or changing is let finish."""
        scope, cluster = self.scope, answer["cluster"]
        report = present(scope, CLUSTER, self._progress(answer), _facts(cluster))
        at_work = scope.is_shown and cluster["status"] == "UPDATING"
        if isinstance(report.progress, Failed) or not (at_work or isinstance(report.progress, Ready)):
            return report
        wanted = wanted_cluster(scope.spec, role=cluster_role(scope), left_out=_left_out(scope).get("subnets", ()))
        vpc = scope.facts(NETWORK).get("vpcId")
        frozen = planner.frozen(wanted, cluster, str(vpc) if vpc else None)
        if at_work:
            return settled(scope, report, (), frozen=frozen) if frozen else report
        adopted = adoptions(scope, CLUSTER, cluster.get("tags"), cluster["arn"])
        changes = [*adopted, *planner.updates(wanted, cluster), *self._tags(cluster)]
        return upgraded(scope, report, cluster, changes, frozen)

    def _tags(self, cluster: ClusterTypeDef) -> Iterator[Update]:
        scope = self.scope
        return tags.updates(cluster.get("tags"), scope.spec.tags, scope.dropped_from(CLUSTER), cluster["arn"])

    def _create(self) -> Changed:
        """CreateCluster. What comes of it is remembered at once: by the next look cluster or spec may be others."""
        scope = self.scope
        where = tuple(self._zones())
        request = create_cluster(scope.spec, role=cluster_role(scope), subnets=where, tags=scope.tags(scope.spec.tags))
        answer = scope.aws.eks.create_cluster(**request, clientRequestToken=scope.token(CLUSTER, request))
        return Changed(PACES[Part.CLUSTER].wait("CREATING"), _facts(answer["cluster"]))

    def _zones(self) -> dict[str, str]:
        """The subnets that are asked for, with their zones."""
        out = _left_out_now(self.scope).get("subnets", ())
        return {subnet: zone for subnet, zone in subnet_zones(self.scope).items() if subnet not in out}

    def _elsewhere(self, refusal: ClientError) -> Progress | Changed:
        """Which subnets are left out is written down first: who finds the cluster there could not tell any more."""
        zones = self._zones()
        kept = within(zones, api_error(refusal).names("validZones"))
        if not kept or len(kept) == len(zones):
            return self._nowhere(progress_of(refusal))
        out = sorted(subnet_zones(self.scope).keys() - set(kept))
        wait = pacing.NO_ROOM.wait(f"EKS has no room in the zones of {', '.join(out)}")
        return Changed(wait, {LEFT_OUT: {"run": self.scope.run, "subnets": out}})

    def _nowhere(self, refused: Progress) -> Progress:
        """The refusal with the zones that we have, beside those that EKS offers."""
        if not isinstance(refused, Failed):
            return refused
        ours = ", ".join(sorted(set(subnet_zones(self.scope).values())))
        return replace(refused, cause=f"{refused.cause} The subnets of the cluster lie in {ours}.")

    def _missing(self) -> Report:
        action = Action(
            verb="create",
            resource=CLUSTER,
            reason=f"there is no EKS cluster {self.scope.cluster}",
            consequence=Effect.CREATED.saying(
                f"a control plane of version {self.scope.spec.version}, in six to eleven minutes"
            ),
        )
        report = missing(self.scope, PACES[Part.CLUSTER].wait("not there"), action)
        noted = _left_out_now(self.scope)
        return replace(report, facts={**report.facts, LEFT_OUT: noted}) if noted else report

    def _progress(self, answer: DescribeClusterResponseTypeDef) -> Progress:
        cluster = answer["cluster"]
        if not belongs(self.scope, CLUSTER, cluster.get("tags")):
            return foreign("ClusterNotOurs", cluster["arn"], _NOT_OURS)
        match cluster["status"]:
            case "ACTIVE":
                return Ready()
            case "CREATING" | "PENDING":
                return PACES[Part.CLUSTER].wait("CREATING", created_at=cluster["createdAt"], now=answered_at(answer))
            case "UPDATING":
                return rolling(self.scope, CLUSTER, "UPDATING")
            case "DELETING":
                return pacing.BEING_DELETED.wait("DELETING")
            case status:
                removal = f"aws eks delete-cluster --name {self.scope.cluster}"
                return broken(status, cluster.get("health"), removal=removal)


class Departing:
    """The control plane on its way out: deletion protection goes first, if the spec no longer wants it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.is_gone = False

    @property
    def path(self) -> str:
        """``cluster``."""
        return CLUSTER

    def look_for(self) -> Report:
        """DescribeCluster."""
        answer = found(lambda: self.scope.aws.eks.describe_cluster(name=self.scope.cluster))
        if answer is None:
            if doubted := denied(self.scope, CLUSTER):
                return doubted
            self.is_gone = True
            known = self.scope.facts(CLUSTER)
            return gone(self.scope, CLUSTER, **{name: known[name] for name in _OUTLIVE_IT if name in known})
        cluster = answer["cluster"]
        if not is_ours(self.scope, cluster.get("tags")):
            return left(CLUSTER, not_ours(cluster["arn"]))
        facts = {**_facts(cluster), "logged": _logged(cluster)}
        report = standing(self.scope, CLUSTER, cluster["status"], cluster.get("health"), facts)
        if report.action is None or cluster["status"] == "FAILED" or not cluster.get("deletionProtection"):
            return report  # EKS protects no cluster that failed, and changes none
        return self._protected(report)

    def delete(self, action: Action) -> Progress | Changed:
        """DeleteCluster; or UpdateClusterConfig, which takes its deletion protection away."""
        eks_client, name = self.scope.aws.eks, self.scope.cluster
        if action.verb == "delete":
            eks_client.delete_cluster(name=name)
            return asked(self.scope, CLUSTER)
        token = request_token(name, CLUSTER, {"run": self.scope.run, "deletionProtection": False})
        eks_client.update_cluster_config(name=name, deletionProtection=False, clientRequestToken=token)
        return pacing.UPDATE_IN_PROGRESS.wait("deletion protection is being switched off")

    def _protected(self, report: Report) -> Report:
        if self.scope.spec.deletionProtection and not self.scope.undoing:
            failed = Failed(
                "DeletionProtected",
                f"The cluster {self.scope.cluster} has deletion protection.",
                "Send the spec with deletionProtection: false; then delete the cluster again.",
            )
            return replace(report, progress=failed, action=None)
        action = Action(
            verb="update",
            resource=CLUSTER,
            reason="the spec no longer wants its deletion protection",
            consequence="deletion protection is switched off",
        )
        return replace(report, action=action)


def _left_out(scope: Scope) -> dict[str, Any]:
    """The ``subnets`` without which a ``run`` asked for the control plane; empty if there are none."""
    noted = scope.facts(CLUSTER).get(LEFT_OUT)
    return noted if isinstance(noted, dict) else {}


def _left_out_now(scope: Scope) -> dict[str, Any]:
    """Those that are left out of the creation that is due: for another run there may be room again."""
    noted = _left_out(scope)
    return noted if noted.get("run") == scope.run else {}


def _logged(cluster: ClusterTypeDef) -> bool:
    """Whether EKS writes a log of the control plane: then the log group is this cluster's."""
    return any(setup.get("enabled") for setup in cluster.get("logging", {}).get("clusterLogging", ()))


def _facts(cluster: ClusterTypeDef) -> dict[str, object]:
    vpc = cluster.get("resourcesVpcConfig", {})
    return {
        "arn": cluster["arn"],
        "status": cluster["status"],
        "version": cluster["version"],
        "endpoint": cluster.get("endpoint"),
        "certificateAuthority": cluster.get("certificateAuthority", {}).get("data"),
        "createdAt": instant_text(cluster["createdAt"]),
        "issuer": cluster.get("identity", {}).get("oidc", {}).get("issuer"),
        "vpcId": vpc.get("vpcId"),
        "subnetIds": vpc.get("subnetIds", []),
        "clusterSecurityGroupId": vpc.get("clusterSecurityGroupId"),
    }
