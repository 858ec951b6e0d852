"""What goes wrong with AWS, row by row, and how a run ends all the same. Rows are numbered as in docs/twin.md."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from lambdas.domain.changes import is_due
from lambdas.domain.progress import Word
from lambdas.domain.runs import RunStatus
from lambdas.domain.spec import ClusterSpec, to_json
from sandbox.twin.faults import ALWAYS, Change, Force, Issue, Lose, NoRoom, Replace, each, first, nth
from tests.house import example, house
from tests.simulation.interpreter import Uninvoked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.runs import Problem
    from tests.house import House
    from tests.simulation.interpreter import Execution

ATTEMPTS = 3
"""How often botocore sends one call of ours before it gives up."""

ROLE_NOT_VISIBLE = Replace(
    "CreateCluster",
    "InvalidParameterException",
    "Role with arn: x, could not be assumed because it does not exist or the trusted entity is not correct",
)


@pytest.fixture
def home() -> Iterator[House]:
    with house() as home:
        yield home


def zone(letter: str) -> str:
    return f"eu-central-1{letter}"


def group_fails(*codes: str, times: int = 1) -> Force:
    issues = tuple(Issue(code, f"{code}, says EKS", ("i-1",)) for code in codes)
    return Force("nodegroup", "CREATE_FAILED", issues, when=first(times))


def problem(home: House, execution: Execution) -> Problem:
    """Why the run failed, by the ledger; Step Functions must say the same."""
    ledger = home.run("simple-bank-provision-1-1")
    assert ledger.status is RunStatus.FAILED
    assert ledger.error is not None
    assert (execution.status, execution.error) == ("FAILED", ledger.error.code)
    assert ledger.error.cause in execution.cause
    assert f"What to do: {ledger.error.remedy}" in execution.cause
    assert f"What exists so far: {', '.join(ledger.error.exists)}" in execution.cause
    return ledger.error


def fired(home: House) -> list[int]:
    return [rule.fired for rule in home.faults.rules()]


def zones_of_cluster(home: House) -> set[str]:
    subnets = home.around.aws.eks.describe_cluster(name="simple-bank")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    there = home.around.aws.ec2.describe_subnets(SubnetIds=subnets)["Subnets"]
    return {subnet["AvailabilityZone"] for subnet in there}


# -- F01: EKS does not see the role yet


@pytest.mark.parametrize("times", [1, 3, 20])
def test_f01_a_role_that_eks_does_not_see_yet_is_waited_for(home: House, times: int) -> None:
    home.faults.add(replace(ROLE_NOT_VISIBLE, when=first(times)))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert fired(home) == [times]


def test_f01_a_role_that_eks_never_sees_ends_the_run_after_three_minutes(home: House) -> None:
    home.faults.add(replace(ROLE_NOT_VISIBLE, when=ALWAYS))
    before = home.clock.now()
    told = problem(home, home.provision(example("simple-bank")))
    assert 180 < (home.clock.now() - before).total_seconds() < 300
    assert told.code == "RoleNotVisible"
    assert "IAM shows the role as EKS demands it" in told.remedy
    assert set(told.exists) == {"network", "roles/cluster", "roles/node"}


# -- F05, F06, F65: calls that are hindered


def test_f05_credentials_that_expire_are_renewed(home: House) -> None:
    expired = Replace(
        "DescribeCluster", "ExpiredTokenException", "The security token included in the request is expired"
    )
    home.faults.add(replace(expired, when=nth(2)))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert fired(home) == [1]


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException"])
def test_f06_every_third_call_throttled_costs_time_only(home: House, code: str) -> None:
    home.faults.add(Replace("*", code, "Rate exceeded", status=429, when=each(3)))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert fired(home)[0] > 10


def test_f06_even_where_no_call_gets_through_for_minutes(home: House) -> None:
    home.faults.add(Replace("*", "TooManyRequestsException", "Too Many Requests", status=429, when=nth(9, times=120)))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"


@pytest.mark.parametrize("operation", ["CreateCluster", "CreateNodegroup", "CreateAddon"])
@pytest.mark.parametrize("how", ["error", "dropped"])
def test_f65_an_error_after_the_work_was_done_is_found_out_by_looking(home: House, operation: str, how: str) -> None:
    home.faults.add(Lose(operation, how, when=first(ATTEMPTS)))  # type: ignore[arg-type] # one of the two above
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert fired(home) == [ATTEMPTS]


def test_f64_a_run_goes_on_though_lambda_takes_no_call_for_minutes(home: House) -> None:
    asked: Counter[str] = Counter()

    def throttled(function: str, event: dict[str, object]) -> object:
        asked[function] += 1
        if asked[function] <= 10:
            raise Uninvoked("Lambda.TooManyRequestsException")
        return home.invoke(function, event)

    _, run = home.accept(example("simple-bank"))
    assert home.execute(run, invoke=throttled).status == "SUCCEEDED"
    assert asked["cluster"] > 10


# -- F07: no room in a zone


def test_f07_subnets_of_a_zone_without_room_are_left_out(home: House) -> None:
    home.faults.add(NoRoom((zone("c"),)))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert zones_of_cluster(home) == {zone("a"), zone("b")}


def named(home: House) -> ClusterSpec:
    """A cluster in subnets that its spec names, one in each of three zones."""
    there = home.around.aws.ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    assert {it["AvailabilityZone"] for it in there} == {zone("a"), zone("b"), zone("c")}
    return msgspec.convert(
        {**to_json(example("simple-bank")), "resourcesVpcConfig": {"subnetIds": [it["SubnetId"] for it in there]}},
        ClusterSpec,
    )


@pytest.mark.parametrize("lost", [0, ATTEMPTS])
def test_f07_named_subnets_in_a_zone_without_room_are_left_out_for_good(home: House, lost: int) -> None:
    home.faults.add(NoRoom((zone("c"),)))
    spec = named(home)
    if lost:
        home.faults.add(Lose("CreateCluster", "dropped", when=nth(2, times=lost)))
    assert home.provision(spec).status == "SUCCEEDED"
    assert zones_of_cluster(home) == {zone("a"), zone("b")}
    assert not is_due(home.plan(spec))
    _, run = home.replace(replace(spec, tags={"team": "payments"}))
    assert home.execute(run).status == "SUCCEEDED"


def test_f07_for_a_cluster_that_is_made_anew_there_may_be_room_again(home: House) -> None:
    rule = home.faults.add(NoRoom((zone("c"),)))
    home.faults.add(Force("cluster", "FAILED", (Issue("InternalFailure", "It broke.", ()),), when=first(1)))
    spec = named(home)
    assert problem(home, home.provision(spec)).code == "InternalFailure"
    home.faults.remove(rule)
    home.around.aws.eks.delete_cluster(name="simple-bank")
    home.clock.advance(3600)
    assert home.provision(spec).status == "SUCCEEDED"
    assert zones_of_cluster(home) == {zone("a"), zone("b"), zone("c")}


def test_f07_where_one_zone_is_left_both_lists_are_told(home: House) -> None:
    home.faults.add(NoRoom((zone("b"), zone("c"))))
    told = problem(home, home.provision(example("simple-bank")))
    assert told.code == "UnsupportedAvailabilityZoneException"
    assert f"lie in {zone('a')}, {zone('b')}, {zone('c')}" in told.cause
    assert f"at least two of these zones: {zone('a')}" in told.remedy


# -- F11, F32, F33: node groups that cannot be made


@pytest.mark.parametrize("code", ["IamThrottling", "InternalFailure", "AutoScalingGroupRateLimitExceeded"])
@pytest.mark.parametrize("times", [1, 3])
def test_f11_a_node_group_that_aws_itself_stumbled_over_is_made_anew(home: House, code: str, times: int) -> None:
    home.faults.add(group_fails(code, times=times))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert fired(home) == [times]


def test_f11_nobody_tries_for_ever(home: House) -> None:
    home.faults.add(group_fails("IamThrottling", times=9))
    told = problem(home, home.provision(example("simple-bank")))
    assert (told.code, fired(home)) == ("IamThrottling", [4])


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("NodeCreationFailure", "route to the cluster's endpoint"),
        ("AsgInstanceLaunchFailures", "add instance types or zones"),
        ("InsufficientFreeAddresses", "Free addresses in the subnets"),
    ],
)
def test_f32_f33_nodes_that_never_come_end_the_run_with_their_issue(home: House, code: str, remedy: str) -> None:
    home.faults.add(group_fails(code))
    told = problem(home, home.provision(example("simple-bank")))
    assert told.code == code
    assert f"{code}, says EKS (i-1)" in told.cause
    assert remedy in told.remedy
    assert {"cluster ACTIVE", "nodegroups/simple-bank CREATE_FAILED", "addons/vpc-cni ACTIVE"} <= set(told.exists)


def test_f32_sending_the_spec_again_makes_the_group_anew(home: House) -> None:
    home.faults.add(group_fails("NodeCreationFailure"))
    home.provision(example("simple-bank"))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"


# -- F39, F41: add-ons


def test_f39_coredns_that_stays_degraded_ends_the_run_with_its_issue(home: House) -> None:
    issue = Issue("InsufficientNumberOfReplicas", "The add-on is unhealthy because it doesn't have the desired number")
    home.faults.add(Force("addon", "DEGRADED", (issue,), name="coredns"))
    told = problem(home, home.provision(example("simple-bank")))
    assert told.code == "InsufficientNumberOfReplicas"
    assert "Give the cluster nodes" in told.remedy
    assert {"addons/coredns DEGRADED", "nodegroups/simple-bank ACTIVE"} <= set(told.exists)


def test_f39_coredns_that_recovers_is_waited_for(home: House) -> None:
    issue = Issue("InsufficientNumberOfReplicas", "The add-on is unhealthy")
    home.faults.add(Force("addon", "DEGRADED", (issue,), name="coredns", lasts=300))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"


def test_f39_without_nodes_degraded_is_as_well_as_it_gets(home: House) -> None:
    execution = home.provision(example("control-plane-only"))
    assert execution.status == "SUCCEEDED"
    addon = home.around.aws.eks.describe_addon(clusterName="control-plane-only", addonName="coredns")["addon"]
    assert addon["status"] in {"CREATING", "DEGRADED"}


def test_f41_an_add_on_that_could_not_be_made_is_made_anew_when_asked_again(home: House) -> None:
    issue = Issue("ConfigurationConflict", "Conflicts found when trying to apply")
    home.faults.add(Force("addon", "CREATE_FAILED", (issue,), name="kube-proxy"))
    told = problem(home, home.provision(example("simple-bank")))
    assert told.code == "ConfigurationConflict"
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"


# -- F04, F08, F09: what no waiting mends


@pytest.mark.parametrize(
    ("operation", "code", "status", "remedy"),
    [
        ("CreateCluster", "AccessDeniedException", 403, "Allow the action"),
        ("CreateNodegroup", "AccessDeniedException", 403, "Allow the action"),
        ("CreateCluster", "ResourceLimitExceededException", 400, "Service Quotas"),
        ("CreateNodegroup", "ResourceLimitExceededException", 400, "Service Quotas"),
        ("CreateAddon", "InvalidParameterException", 400, "Correct what the message names"),
    ],
)
def test_f04_f08_f09_what_no_waiting_mends_ends_the_run_at_once(
    home: House, operation: str, code: str, status: int, remedy: str
) -> None:
    home.faults.add(Replace(operation, code, "No, says AWS", status=status, when=ALWAYS))
    told = problem(home, home.provision(example("simple-bank")))
    assert told.code == code
    assert f"{operation}: No, says AWS" in told.cause
    assert remedy in told.remedy


# -- F16, F54: somebody else


def test_f16_a_cluster_that_somebody_else_made_first_is_not_adopted() -> None:
    with house(role_propagation_seconds=0) as home:
        home.faults.add(Change("CreateCluster", on="CreateCluster"))
        assert problem(home, home.provision(example("simple-bank"))).code == "ClusterNotOurs"
        there = home.around.aws.eks.describe_cluster(name="simple-bank")["cluster"]
        assert "slipway/cluster" not in there.get("tags", {})


def test_f54_a_cluster_that_is_deleted_while_it_is_made_is_made_anew(home: House) -> None:
    home.faults.add(Change("VanishCluster", on="DescribeCluster", when=nth(2)))
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert fired(home) == [1]


def test_f54_a_cluster_that_is_deleted_later_ends_the_run_with_that(home: House) -> None:
    home.faults.add(Change("VanishCluster", on="DescribeNodegroup", when=nth(2)))
    told = problem(home, home.provision(example("simple-bank")))
    assert told.code == "ClusterGone"
    assert home.provision(example("simple-bank")).status == "SUCCEEDED"
    assert home.run("simple-bank-provision-1-2").steps["cluster"].status is Word.READY
