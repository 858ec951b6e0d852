"""One cluster among neighbours that is built and taken away, and what must be true afterwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import boto3

from lambdas.domain.runs import RunStatus
from tests.house import REGION
from tests.invariants import foreign, things
from tests.workflows.attempts import account_of, spec

if TYPE_CHECKING:
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.workflows.clockwork import Clockwork
    from tests.workflows.interpreter import Invoke, Stop

    Inventory = dict[tuple[str, str], Any]


def inventory(home: House) -> Inventory:
    """Everything in the account that a cluster's life could leave something of, with every word that AWS says of it."""
    ec2, logs = boto3.client("ec2", region_name=REGION), boto3.client("logs", region_name=REGION)
    # EC2 shows a NAT gateway for an hour after it is gone; moto keeps the network interface, too.
    gone = [it for it in ec2.describe_nat_gateways()["NatGateways"] if it["State"] == "deleted"]
    forgotten = {it["NatGatewayId"] for it in gone}
    forgotten |= {address["NetworkInterfaceId"] for it in gone for address in it["NatGatewayAddresses"]}
    interfaces = {
        ("network interface", it["NetworkInterfaceId"]): it["Status"]
        for it in ec2.describe_network_interfaces()["NetworkInterfaces"]
    }
    groups = {("log group", it["logGroupName"]): "" for it in logs.describe_log_groups()["logGroups"]}
    listed, _ = home.around.registry.clusters()
    known = {("record", it.name): it.generation for it in listed}
    # No name is the name of no cluster: everything belongs to somebody else.
    every = {**foreign(things(account_of(home)), ""), **interfaces, **groups, **known}
    return {key: said for key, said in every.items() if key[1] not in forgotten}


@dataclass
class Site:
    """One place for a cluster, in an account where others have theirs."""

    home: House
    clockwork: Clockwork
    name: str
    before: Inventory

    def spec(self, kind: str = "all sorts") -> ClusterSpec:
        """A spec of the kind that may be deleted."""
        return replace(spec(kind), name=self.name, deletionProtection=False)

    def build(self, kind: str = "all sorts") -> None:
        """Make the cluster, in peace."""
        _, run = self.home.accept(self.spec(kind))
        self.clockwork.settle()
        self.assert_ended(run, RunStatus.SUCCEEDED)

    def demolish(self, *, invoke: Invoke | None = None, stop: Stop | None = None) -> Run:
        """Have the cluster deleted, and run what that starts. Answers the run as the ledger has it then."""
        _, run = self.home.delete(self.name)
        self.clockwork.settle(invoke=invoke, stop=stop)
        return self.home.run(run.id)

    def assert_ended(self, run: Run, status: RunStatus) -> None:
        """The run has ended so."""
        now = self.home.run(run.id)
        assert now.status is status, now.error

    def assert_bare(self, run: Run) -> None:
        """The run has left nothing of the cluster, and touched nobody's things; nobody works there any more."""
        assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
        now = inventory(self.home)
        left_over = {key: said for key, said in now.items() if key not in self.before}
        assert not left_over, left_over
        assert now == self.before
        assert [it for it in self.clockwork.schedules() if f'"{self.name}"' in it["Target"]["Input"]] == []
        assert self.home.around.registry.cluster(self.name) is None
        assert self.home.around.registry.tombstone(self.name) is not None
