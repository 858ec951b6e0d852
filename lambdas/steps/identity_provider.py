"""The IAM OIDC provider of a cluster's issuer. Slipway makes none: pods get their roles by Pod Identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.existing import LEFT
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG
from lambdas.domain.paths import CLUSTER, IDENTITY_PROVIDER
from lambdas.domain.progress import Ready, Report
from lambdas.steps.contract import OURS, Permission
from lambdas.steps.removal import due, gone, left, not_ours

if TYPE_CHECKING:
    from lambdas.domain.progress import Action, Progress
    from lambdas.steps.scope import Scope

_OF_EKS: Final = ("arn:{partition}:iam::{account}:oidc-provider/oidc.eks.*",)
_LATER: Final = "EKS chooses the issuers of clusters, all of them below its own host name in each region."

PERMISSIONS: Final = (
    Permission(actions=("iam:GetOpenIDConnectProvider",), resources=_OF_EKS, why_wildcard=_LATER),
    Permission(actions=("iam:DeleteOpenIDConnectProvider",), resources=_OF_EKS, conditions=OURS, why_wildcard=_LATER),
)


@dataclass(frozen=True, slots=True)
class DepartingProvider:
    """The provider on its way out if it bears Slipway's tag; named if it is somebody else's.

    It is found by the issuer that a look has noted, so that it is found after the cluster is gone.
    """

    scope: Scope

    @property
    def path(self) -> str:
        """``oidcProvider``."""
        return IDENTITY_PROVIDER

    def look_for(self) -> Report:
        """GetOpenIDConnectProvider, and whose tag it bears."""
        cluster, arn = self.scope.facts(CLUSTER), self._arn
        if not arn or LEFT in cluster:
            return Report(resource=self.path, progress=Ready())
        answer = found(lambda: self.scope.aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn))
        if answer is None:
            return gone(self.scope, self.path)
        tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
        if tags.get(OWNER_TAG) != self.scope.cluster:
            return left(self.path, not_ours(arn))
        return due(self.path, f"{arn} goes", {"arn": arn})

    def delete(self, _: Action) -> Progress:
        """DeleteOpenIDConnectProvider."""
        self.scope.aws.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=self._arn)
        return pacing.REMOVING.wait(f"{self._arn} went")

    @property
    def _arn(self) -> str:
        """Made of the issuer's URL without its scheme; empty if nobody has seen the cluster's issuer."""
        issuer, home = str(self.scope.facts(CLUSTER).get("issuer") or ""), self.scope.home
        host = issuer.removeprefix("https://")
        return f"arn:{home.partition}:iam::{home.account}:oidc-provider/{host}" if host else ""
