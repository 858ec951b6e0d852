"""Another spec for a known cluster, carried out by the workflow over the twin."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.refusal import Refused
from lambdas.domain.runs import RunStatus
from lambdas.domain.spec import AccessEntry, Addon, PodIdentityAssociation, Vpc
from lambdas.steps.contracts import API
from sandbox.twin.faults import Change, Force, Issue, Replace, first
from tests.house import ACCOUNT, example, house
from tests.workflows.attempts import A_WHILE, ROLE, changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdas.domain.spec import ClusterSpec
    from tests.house import House

NAME = "simple-bank"
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/slipway/slipway-{NAME}-node"
BANK = "nodegroups/simple-bank"


@pytest.fixture
def home() -> Iterator[House]:
    with house() as home:
        yield home


def larger(spec: ClusterSpec) -> ClusterSpec:
    (group,) = spec.nodegroups
    return replace(spec, nodegroups=(replace(group, instanceTypes=("t3.large",)),))


def grown(spec: ClusterSpec) -> ClusterSpec:
    """With one more of everything that can be added."""
    (group,) = spec.nodegroups
    return replace(
        spec,
        nodegroups=(group, replace(group, nodegroupName="more")),
        addons=(*spec.addons, Addon(addonName="metrics-server")),
        accessEntries=(AccessEntry(principalArn=f"{ROLE}/operators"),),
        podIdentityAssociations=(
            PodIdentityAssociation(namespace="pay", serviceAccount="ledger", roleArn=f"{ROLE}/payments-ledger"),
        ),
    )


def nodegroup(home: House, name: str = NAME) -> Any:  # noqa: ANN401 -- EKS's description
    return home.around.aws.eks.describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"]


def broken(code: str = "AsgInstanceLaunchFailures") -> Force:
    return Force("nodegroup", "CREATE_FAILED", (Issue(code, "no such luck", ("i-1",)),), when=first(1))


def pointers(home: House, spec: ClusterSpec) -> list[str]:
    before = home.around.registry.cluster(spec.name)
    home.wire.forget()
    with pytest.raises(Refused) as refused:
        home.replace(spec)
    assert (home.around.registry.cluster(spec.name), changes(home.wire.changed)) == (before, Counter())
    return [error.pointer for error in refused.value.errors]


def test_a_node_group_that_failed_for_its_content_is_corrected(home: House) -> None:
    spec = example(NAME)
    home.faults.add(broken())
    assert home.provision(spec).error == "AsgInstanceLaunchFailures"
    record, run = home.replace(larger(spec))
    assert (record.generation, run.id, run.generation) == (2, f"{NAME}-provision-2-1", 2)
    assert home.execute(run).status == "SUCCEEDED"
    assert (nodegroup(home)["status"], nodegroup(home)["instanceTypes"]) == ("ACTIVE", ["t3.large"])
    again, same = home.replace(larger(spec))
    assert (again.generation, same.id, same.status) == (2, run.id, RunStatus.SUCCEEDED)


def test_a_cluster_that_could_not_be_made_is_corrected_from_its_network_on(home: House) -> None:
    spec = example(NAME)
    home.faults.add(Replace("CreateCluster", "InvalidParameterException", "subnets are wrong", when=first(1)))
    assert home.provision(spec).status == "FAILED"
    ec2 = home.around.aws.ec2
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    made = {
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.99.{place}.0/24", AvailabilityZone=f"eu-central-1{zone}")["Subnet"][
            "SubnetId"
        ]
        for place, zone in enumerate("ab")
    }
    _, run = home.replace(replace(spec, vpc=Vpc(vpcId=vpc)))
    assert home.execute(run).status == "SUCCEEDED"
    cluster = home.around.aws.eks.describe_cluster(name=NAME)["cluster"]
    assert set(cluster["resourcesVpcConfig"]["subnetIds"]) == made


def test_a_run_that_is_at_work_goes_on_to_the_newest_spec(home: House) -> None:
    spec = example(NAME)
    _, run = home.accept(spec)
    replaced = at_the_first(home, "cluster", lambda: home.replace(larger(spec)))
    execution = home.execute(run, invoke=replaced)
    assert execution.status == "SUCCEEDED"
    ledger, record = home.run(run.id), home.around.registry.cluster(NAME)
    assert record is not None
    assert (record.generation, record.lease, record.run) == (2, None, run.id)
    assert (ledger.status, ledger.generation) == (RunStatus.SUCCEEDED, 2)
    assert nodegroup(home)["instanceTypes"] == ["t3.large"]


def test_a_run_whose_node_group_has_failed_makes_the_corrected_one(home: House) -> None:
    """The group bears the tag of this very run; it failed before the run began anew."""
    spec = example(NAME)
    home.faults.add(broken())
    _, run = home.accept(spec)

    def after_the_failure(function: str, event: dict[str, object]) -> object:
        record = home.around.registry.cluster(NAME)
        assert record is not None
        facts = record.observed.get(BANK)
        if record.generation == 1 and isinstance(facts, dict) and facts.get("status") == "CREATE_FAILED":
            assert home.replace(larger(spec))[1].id == run.id
        return home.invoke(function, event)

    assert home.execute(run, invoke=after_the_failure).status == "SUCCEEDED"
    assert (nodegroup(home)["status"], nodegroup(home)["instanceTypes"]) == ("ACTIVE", ["t3.large"])


def test_a_spec_that_comes_as_the_run_fails_is_not_lost(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = example(NAME)
    home.faults.add(broken())
    _, run = home.accept(spec)
    registry = home.around.registry
    fail = registry.fail

    def once_more(*asked: Any, **more: Any) -> None:  # noqa: ANN401 -- whatever fail takes
        if registry.cluster(NAME).generation == 1:  # type: ignore[union-attr] # it is there
            home.replace(larger(spec))
        fail(*asked, **more)

    monkeypatch.setattr(registry, "fail", once_more)
    assert home.execute(run).status == "SUCCEEDED"
    assert (home.run(run.id).generation, nodegroup(home)["instanceTypes"]) == (2, ["t3.large"])


def test_what_is_added_to_a_finished_cluster_leaves_the_rest_untouched(home: House) -> None:
    spec = example(NAME)
    assert home.provision(spec).status == "SUCCEEDED"
    before, group = home.around.aws.eks.describe_cluster(name=NAME)["cluster"], nodegroup(home)
    home.wire.forget()
    home.calls.by_function.clear()
    _, run = home.replace(grown(spec))
    assert home.execute(run).status == "SUCCEEDED"
    assert changes(home.wire.changed) == {
        "eks:CreateNodegroup": 1,
        "eks:CreateAddon": 1,
        "eks:CreateAccessEntry": 1,
        "eks:CreatePodIdentityAssociation": 1,
    }
    assert (home.around.aws.eks.describe_cluster(name=NAME)["cluster"], nodegroup(home)) == (before, group)
    assert nodegroup(home, "more")["status"] == "ACTIVE"
    assert home.calls.by_function["api"] <= API.calls()


def test_what_cannot_change_is_refused_before_a_run_has_looked_at_it(home: House) -> None:
    """A run looks minutes after it asked for a cluster; EKS knows at once."""
    spec = example(NAME)
    _, run = home.accept(spec)
    refused: list[list[str]] = []

    def as_soon_as_it_is_asked_for(function: str, event: dict[str, Any]) -> object:
        answer = home.invoke(function, event)
        if not refused and home.around.aws.eks.list_clusters()["clusters"]:
            refused.append(pointers(home, replace(spec, roleArn=f"{ROLE}/platform/eks-cluster")))
        return answer

    assert home.execute(run, invoke=as_soon_as_it_is_asked_for).status == "SUCCEEDED"
    assert refused
    assert set(map(tuple, refused)) == {("/roleArn",)}


@pytest.mark.parametrize("version", [None, "1.35"], ids=["the same spec", "in other words"])
def test_what_somebody_made_another_is_made_anew_when_that_is_asked_for(home: House, version: str | None) -> None:
    """The spec is the same; without leave nothing can be done about it, and the same again is nothing new."""
    spec = example(NAME)
    assert home.provision(spec).status == "SUCCEEDED"
    named = {"clusterName": NAME, "nodegroupName": NAME}
    home.faults.add(Change("AlterNodegroup", {**named, "instanceTypes": ["m7i.large"]}))
    record, _ = home.replace(spec)
    spec = replace(spec, version=version)
    assert (record.generation, nodegroup(home)["instanceTypes"]) == (1, ["m7i.large"])
    record, run = home.replace(spec, BANK)
    assert (record.generation, run.status) == (2, RunStatus.RUNNING)
    assert home.execute(run).status == "SUCCEEDED"
    assert nodegroup(home)["instanceTypes"] == ["t3.micro"]
    again, _ = home.replace(spec, BANK)
    assert (again.generation, again.lease) == (2, None)


def test_what_a_spec_no_longer_has_goes_when_all_the_rest_is_there(home: House) -> None:
    spec = grown(example(NAME))
    assert home.provision(spec).status == "SUCCEEDED"
    (group, more) = spec.nodegroups
    home.wire.forget()
    _, run = home.replace(replace(example(NAME), nodegroups=(group, replace(more, nodegroupName="other"))))
    assert home.execute(run).status == "SUCCEEDED"
    assert home.around.aws.eks.list_nodegroups(clusterName=NAME)["nodegroups"] == ["other", NAME]
    assert "metrics-server" not in home.around.aws.eks.list_addons(clusterName=NAME)["addons"]
    assert home.around.aws.eks.list_pod_identity_associations(clusterName=NAME)["associations"] == []
    assert changes(home.wire.changed)["eks:DeleteNodegroup"] == 1
    assert home.plan(replace(example(NAME), nodegroups=(group, replace(more, nodegroupName="other")))) == ()


def test_what_failed_may_go_too(home: House) -> None:
    spec = example(NAME)
    home.faults.add(broken())
    home.provision(spec)
    _, run = home.replace(replace(spec, nodegroups=()))
    assert home.execute(run).status == "SUCCEEDED"
    assert home.around.aws.eks.list_nodegroups(clusterName=NAME)["nodegroups"] == []


def test_what_somebody_else_made_is_in_nobodys_way(home: House) -> None:
    spec = example(NAME)
    assert home.provision(spec).status == "SUCCEEDED"
    eks, (group,) = home.around.aws.eks, spec.nodegroups
    subnets = eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    eks.create_nodegroup(clusterName=NAME, nodegroupName="theirs", nodeRole=NODE_ROLE, subnets=subnets)
    _, run = home.replace(replace(spec, nodegroups=(group, replace(group, nodegroupName="theirs"))))
    assert home.execute(run).error == "NodegroupNotOurs"
    _, mended = home.replace(replace(spec, nodegroups=(group, replace(group, nodegroupName="ours"))))
    assert home.execute(mended).status == "SUCCEEDED"
    assert "slipway/cluster" not in nodegroup(home, "theirs").get("tags", {})


def test_a_vpc_that_was_made_for_a_cluster_stays(home: House) -> None:
    spec = example("own-vpc")
    home.faults.add(Replace("CreateCluster", "InvalidParameterException", "no", when=first(1)))
    assert home.provision(spec).status == "FAILED"
    assert pointers(home, replace(spec, vpc=None)) == ["/vpc"]


def test_the_same_spec_makes_good_what_somebody_has_changed_since(home: House) -> None:
    spec = example(NAME)
    assert home.provision(spec).status == "SUCCEEDED"
    home.around.aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName=NAME, labels={"addOrUpdateLabels": {"left": "over"}}
    )
    home.clock.advance(A_WHILE)
    record, run = home.replace(spec)
    assert (record.generation, run.id, run.status) == (1, f"{NAME}-provision-1-2", RunStatus.RUNNING)
    assert home.execute(run).status == "SUCCEEDED"
    assert nodegroup(home)["labels"] == {}
    assert home.replace(spec)[1].status is RunStatus.SUCCEEDED


def test_the_same_spec_may_ask_for_a_replacement(home: House) -> None:
    """Somebody has made the node group anew, on other machines, and with the tags of ours."""
    spec = replace(example(NAME), nodegroups=(replace(example(NAME).nodegroups[0], instanceTypes=("t3.large",)),))
    assert home.provision(spec).status == "SUCCEEDED"
    eks, before = home.around.aws.eks, nodegroup(home)
    eks.delete_nodegroup(clusterName=NAME, nodegroupName=NAME)
    home.clock.advance(A_WHILE)
    home.twin.settle()
    same = {name: before[name] for name in ("nodeRole", "subnets", "scalingConfig", "tags", "diskSize")}
    eks.create_nodegroup(clusterName=NAME, nodegroupName=NAME, instanceTypes=["m7i.large"], **same)
    home.clock.advance(A_WHILE)
    home.twin.settle()
    assert home.replace(spec)[1].status is RunStatus.SUCCEEDED
    record, run = home.replace(spec, BANK)
    assert (record.generation, record.replaceable) == (2, frozenset({BANK}))
    assert home.execute(run).status == "SUCCEEDED"
    assert nodegroup(home)["instanceTypes"] == ["t3.large"]
    again, same_run = home.replace(spec, BANK)
    assert (again.generation, same_run.id, same_run.status) == (2, run.id, RunStatus.SUCCEEDED)


def at_the_first(home: House, part: str, act: Callable[[], object]) -> Callable[[str, dict[str, Any]], object]:
    """A way of calling functions that does something before the first look at a part."""
    done: list[object] = []

    def invoke(function: str, event: dict[str, Any]) -> object:
        if event.get("part") == part and not done:
            done.append(True)
            act()
        return home.invoke(function, event)

    return invoke
