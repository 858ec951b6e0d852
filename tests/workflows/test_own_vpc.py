"""The provision workflow with a VPC to be made."""

from __future__ import annotations

from tests.house import example, house


def test_the_example_becomes_a_cluster_in_private_subnets() -> None:
    with house() as home:
        execution = home.provision(example("own-vpc"))
        assert (execution.status, execution.cause) == ("SUCCEEDED", "")
        record = home.around.registry.cluster("own-vpc")
        assert record is not None
        network, cluster = (record.observed[name] for name in ("network", "cluster"))
        assert isinstance(network, dict)
        assert isinstance(cluster, dict)
        assert cluster["subnetIds"] == list(network["subnets"])
        assert cluster["vpcId"] == network["vpcId"]
        assert len(network["publicSubnets"]) == 2
