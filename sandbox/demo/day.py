"""The day of the demo: a spec becomes a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.demo.telling import must_be, say
from sandbox.settings import REPOSITORY

if TYPE_CHECKING:
    from sandbox.demo.telling import Person

SPEC = REPOSITORY / "examples" / "simple-bank.yaml"
CLUSTER = "simple-bank"
NODEGROUP = "simple-bank"
ADDONS = ("coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni")


def provision(person: Person) -> None:
    """POST the spec, watch its run, and see what is there."""
    say(f"POST {SPEC.relative_to(REPOSITORY)} and watch its run:")
    person.slipway("apply", "--wait", "-f", str(SPEC))
    say("What the API says of it:")
    person.slipway("get", CLUSTER)
    say("What EKS and Auto Scaling say of it (the twin's answers):")
    _check(person)


def states(person: Person) -> str:
    """The lifecycle states of the node group's instances."""
    nodegroup = person.client("eks").describe_nodegroup(clusterName=CLUSTER, nodegroupName=NODEGROUP)["nodegroup"]
    groups = [group["name"] for group in nodegroup["resources"]["autoScalingGroups"]]
    found = person.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=groups)["AutoScalingGroups"]
    return ", ".join(instance["LifecycleState"] for group in found for instance in group["Instances"])


def _check(person: Person) -> None:
    eks = person.client("eks")
    cluster = eks.describe_cluster(name=CLUSTER)["cluster"]
    must_be("cluster", cluster["status"], "ACTIVE", f"Kubernetes {cluster['version']}")
    nodegroup = eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=NODEGROUP)["nodegroup"]
    must_be("node group", nodegroup["status"], "ACTIVE", ", ".join(nodegroup["instanceTypes"]))
    must_be("instances", states(person), "InService")
    for name in ADDONS:
        addon = eks.describe_addon(clusterName=CLUSTER, addonName=name)["addon"]
        must_be(f"add-on {name}", addon["status"], "ACTIVE", addon["addonVersion"])
