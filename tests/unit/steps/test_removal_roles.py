"""How the roles that Slipway made go, and whose stay, against moto."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED
from lambdas.domain.names import RoleKind, role_name
from lambdas.domain.progress import Ready, Waiting
from lambdas.domain.spec import ClusterSpec, Nodegroup
from lambdas.steps.convergence import ensure, remove
from lambdas.steps.roles import removals, resources
from lambdas.steps.scope import Scope
from tests.house import house
from tests.unit.steps.refusals import refusing
from tests.unit.steps.test_roles import KINDS, PARTS, PLATFORM, TRUSTING_LAMBDA, make, role_as_it_is

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdas.domain.progress import Report
    from tests.house import House

MOST_LOOKS = 20


class Departure:
    """Looks at the role of one cluster; what they find is remembered."""

    def __init__(self, home: House, spec: ClusterSpec, kind: RoleKind) -> None:
        self.home = home
        self.spec = spec
        self.kind = kind
        self.name = role_name(spec.name, kind)
        self.facts: dict[str, object] = {}

    def scope(self) -> Scope:
        around = self.home.around
        return Scope(
            spec=self.spec, run="run-2", observed=self.facts,
            aws=around.aws, home=around.settings.home(), settings=around.settings,
        )  # fmt: skip

    def build(self) -> None:
        for _ in range(2):
            ensure(resources(self.scope(), PARTS[self.kind]))

    def look(self) -> Report:
        *_, report = remove(removals(self.scope(), PARTS[self.kind]))
        self.facts |= {report.resource: dict(report.facts)} if report.facts else {}
        return report

    def settle(self) -> Report:
        for _ in range(MOST_LOOKS):
            report = self.look()
            if not isinstance(report.progress, Waiting):
                return report
        raise AssertionError(self.facts)

    @property
    def is_there(self) -> bool:
        return role_as_it_is(self.home, self.name) is not None


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


@pytest.fixture(params=list(RoleKind))
def departure(home: House, request: pytest.FixtureRequest) -> Departure:
    """A role of a cluster of the test's own."""
    name = f"d{abs(hash(request.node.nodeid)):x}"
    return Departure(home, ClusterSpec(name=name, nodegroups=(Nodegroup(nodegroupName="workers"),)), request.param)


def attach_a_policy(departure: Departure) -> None:
    """As security automation does behind everybody's back (eksctl-io/eksctl#4318)."""
    iam = departure.home.around.aws.iam
    arn = departure.home.around.settings.boundary_arn
    iam.attach_role_policy(RoleName=departure.name, PolicyArn=arn)


def put_a_policy(departure: Departure) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    departure.home.around.aws.iam.put_role_policy(RoleName=departure.name, PolicyName="inline", PolicyDocument=document)


def leave_a_profile(departure: Departure) -> None:
    """As EKS does (aws/containers-roadmap#2531)."""
    put_into_profile(departure, f"eks-{departure.name}")


def put_into_profile(departure: Departure, profile: str) -> None:
    iam = departure.home.around.aws.iam
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=departure.name)


def nothing(_: Departure) -> None:
    """Just as Slipway made it."""


@pytest.mark.parametrize("trouble", [nothing, attach_a_policy, put_a_policy, leave_a_profile])
def test_a_role_of_ours_goes_with_all_that_hangs_on_it(
    departure: Departure, trouble: Callable[[Departure], None]
) -> None:
    departure.build()
    trouble(departure)
    report = departure.settle()
    assert (report.progress, report.facts) == (Ready(), {"status": DELETED})
    assert not departure.is_there
    profiles = departure.home.around.aws.iam.list_instance_profiles()["InstanceProfiles"]
    assert departure.name not in str(profiles)
    assert departure.look().progress == Ready()


def test_one_look_makes_one_change(departure: Departure) -> None:
    departure.build()
    departure.home.wire.forget()
    report = departure.look()
    assert report.action is not None
    assert report.action.verb == "delete"
    assert [call.name for call in departure.home.wire.changed] == ["iam:DetachRolePolicy"]


def test_no_profile_is_left_though_its_deletion_is_throttled_and_a_look_is_never_written_down(
    departure: Departure, monkeypatch: pytest.MonkeyPatch
) -> None:
    departure.build()
    leave_a_profile(departure)
    iam = departure.home.around.aws.iam
    delete, deleted = iam.delete_instance_profile, []

    def throttled_at_first(**named: str) -> object:
        deleted.append(named["InstanceProfileName"])
        if len(deleted) == 1:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "DeleteInstanceProfile")
        return delete(**named)

    monkeypatch.setattr(iam, "delete_instance_profile", throttled_at_first)
    for _ in range(MOST_LOOKS):
        if len(deleted) < 2:
            departure.look()
    assert deleted == [f"eks-{departure.name}"] * 2
    departure.facts[departure.look().resource] = {
        "arn": "arn",
        "profiles": deleted[:1],
    }  # as if that had been the first
    assert departure.settle().progress == Ready()
    assert departure.name not in str(iam.list_instance_profiles()["InstanceProfiles"])
    assert not departure.is_there


def test_what_was_never_there_is_not_called_deleted(departure: Departure) -> None:
    report = departure.look()
    assert (report.progress, report.action, report.facts) == (Ready(), None, {})


@pytest.mark.parametrize(
    "changed",
    [{"Path": "/"}, {"Tags": [{"Key": "slipway/cluster", "Value": "bench"}]}, {"Tags": []},
     {"PermissionsBoundary": None}],
    ids=["path", "another's", "no tag", "no boundary"],
)  # fmt: skip
def test_somebody_elses_role_of_our_name_is_left(departure: Departure, changed: dict[str, object]) -> None:
    make(departure.home, departure.spec, departure.kind, **changed)
    before = role_as_it_is(departure.home, departure.name)
    report = departure.settle()
    assert report.progress == Ready()
    assert "slipway/cluster" in str(report.facts["left"])
    assert role_as_it_is(departure.home, departure.name) == before


def test_a_role_that_somebody_uses_for_instances_is_left(departure: Departure) -> None:
    departure.build()
    put_into_profile(departure, f"theirs-{departure.name}")
    before = role_as_it_is(departure.home, departure.name)
    report = departure.settle()
    assert report.progress == Ready()
    assert f"theirs-{departure.name}" in str(report.facts["left"])
    assert role_as_it_is(departure.home, departure.name) == before


@KINDS
def test_a_role_that_the_spec_names_is_not_looked_at(home: House, kind: RoleKind) -> None:
    name = f"given-{kind}"
    home.around.aws.iam.create_role(
        RoleName=name, Path="/platform/", AssumeRolePolicyDocument=json.dumps(TRUSTING_LAMBDA)
    )
    before = role_as_it_is(home, name)
    assert Departure(home, ClusterSpec(name=f"g-{kind}", roleArn=f"{PLATFORM}/{name}"), kind).settle().facts == {}
    assert role_as_it_is(home, name) == before


def test_what_still_hangs_on_it_is_waited_for(departure: Departure) -> None:
    departure.build()
    with refusing(departure.home.around.aws.iam, "DetachRolePolicy", 409, "DeleteConflict"):
        progress = departure.look().progress
    assert isinstance(progress, Waiting)
    assert progress.reason == pacing.STILL_IN_USE.reason
    assert departure.settle().progress == Ready()
