"""How a role that Slipway made goes, with what hangs on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.frozen import dataclass
from lambdas.domain.names import OWNER_TAG, PATH
from lambdas.steps.convergence import Changed
from lambdas.steps.removal import due, gone, left

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.progress import Action, Report
    from lambdas.steps.roles import OwnRole

BY_EKS: Final = "eks-"
"""What the names of the instance profiles begin with that EKS makes for node roles."""

_PROFILES: Final = "profiles"


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
        profiles = self._profiles()
        foreign = next((name for name in profiles if not name.startswith(BY_EKS)), None)
        if foreign:
            return left(self.path, f"{role['Arn']} is in the instance profile {foreign}, which EKS did not make.")
        facts = {"arn": role["Arn"], _PROFILES: sorted({*profiles, *self._noted()})}
        return due(self.path, f"{self._next()[0]} goes", facts)

    def delete(self, _: Action) -> Changed:
        """The call that takes away what hangs on it, or the role itself: one at a time."""
        what, take_away = self._next()
        take_away()
        dissolved = {_PROFILES: [name for name in self._noted() if name != what]} if what in self._noted() else {}
        return Changed(pacing.REMOVING.wait(f"{what} went"), dissolved)

    def _next(self) -> tuple[str, Callable[[], object]]:
        """What is to go next, and the call."""
        iam, name = self.role.scope.aws.iam, self.role.name
        if attached := iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            arn = attached[0].get("PolicyArn", "")
            return arn, partial(iam.detach_role_policy, RoleName=name, PolicyArn=arn)
        if inline := iam.list_role_policies(RoleName=name)["PolicyNames"]:
            return inline[0], partial(iam.delete_role_policy, RoleName=name, PolicyName=inline[0])
        if profiles := self._profiles():
            return f"its place in {profiles[0]}", partial(self._leave, profiles[0])
        if noted := self._noted():
            return noted[0], partial(self._dissolve, noted[0])
        return PATH + name, partial(iam.delete_role, RoleName=name)

    def _profiles(self) -> list[str]:
        answer = self.role.scope.aws.iam.list_instance_profiles_for_role(RoleName=self.role.name)
        return [profile["InstanceProfileName"] for profile in answer["InstanceProfiles"]]

    def _noted(self) -> list[str]:
        """The profiles that it was seen in: once it has left one, nothing else tells whose that was."""
        noted = self.role.scope.facts(self.path).get(_PROFILES)
        return list(noted) if isinstance(noted, list) else []

    def _leave(self, profile: str) -> None:
        """Taken out of the profile, once that is written down, which the look that has found it does."""
        if profile in self._noted():
            iam = self.role.scope.aws.iam
            iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=self.role.name)

    def _dissolve(self, profile: str) -> None:
        """An instance profile holds one role: without ours it is of no use to anybody."""
        found(lambda: self.role.scope.aws.iam.delete_instance_profile(InstanceProfileName=profile))
