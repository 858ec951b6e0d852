"""How a role that Slipway made goes, with what hangs on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, PATH
from lambdas.steps.removal import due, gone, left

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.progress import Action, Progress, Report
    from lambdas.steps.roles import OwnRole

BY_EKS: Final = "eks-"
"""What the names of the instance profiles begin with that EKS makes for node roles."""


@dataclass(frozen=True, slots=True)
class DepartingRole:
    """A role on its way out: IAM deletes only one without policies that is in no instance profile."""

    role: OwnRole

    @property
    def path(self) -> str:
        """``roles/cluster`` or ``roles/node``."""
        return self.role.path

    def look_for(self) -> Report:
        """GetRole, and what still hangs on it."""
        scope = self.role.scope
        answer = found(lambda: scope.aws.iam.get_role(RoleName=self.role.name))
        if answer is None:
            return gone(scope, self.path)
        role = answer["Role"]
        if not self.role.is_ours(role):
            lacking = f"Slipway's path, its tag {OWNER_TAG} or its permissions boundary"
            return left(self.path, f"{role['Arn']} lacks {lacking}.")
        foreign = next((name for name in self._profiles() if not name.startswith(BY_EKS)), None)
        if foreign:
            return left(self.path, f"{role['Arn']} is in the instance profile {foreign}, which EKS did not make.")
        return due(self.path, f"{self._next()[0]} goes", {"arn": role["Arn"]})

    def delete(self, _: Action) -> Progress:
        """The call that takes away what hangs on it, or the role itself: one at a time."""
        what, take_away = self._next()
        take_away()
        return pacing.REMOVING.wait(f"{what} went")

    def _next(self) -> tuple[str, Callable[[], object]]:
        """What is to go next, and the call."""
        iam, name = self.role.scope.aws.iam, self.role.name
        if attached := iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            arn = attached[0].get("PolicyArn", "")
            return arn, partial(iam.detach_role_policy, RoleName=name, PolicyArn=arn)
        if inline := iam.list_role_policies(RoleName=name)["PolicyNames"]:
            return inline[0], partial(iam.delete_role_policy, RoleName=name, PolicyName=inline[0])
        if profiles := self._profiles():
            return profiles[0], partial(self._dissolve, profiles[0])
        return PATH + name, partial(iam.delete_role, RoleName=name)

    def _profiles(self) -> list[str]:
        answer = self.role.scope.aws.iam.list_instance_profiles_for_role(RoleName=self.role.name)
        return [profile["InstanceProfileName"] for profile in answer["InstanceProfiles"]]

    def _dissolve(self, profile: str) -> None:
        """An instance profile holds one role: without ours it is of no use to anybody."""
        iam = self.role.scope.aws.iam
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=self.role.name)
        iam.delete_instance_profile(InstanceProfileName=profile)
