"""The runs that several benchmarks look at: made once for each number of seeds."""

from __future__ import annotations

from functools import cache

from benchmarks.frame.seeds import for_each
from benchmarks.provisioning.provision import Outcome, provision_in_worker


@cache
def outcomes(seeds: int) -> tuple[Outcome, ...]:
    """One run for each seed from 0 on."""
    return tuple(for_each(provision_in_worker, range(seeds)))


ASSUMPTIONS = (
    (
        "Twin figures: the state machine's file and the real step code, on a virtual clock over the twin; nothing"
        " was measured in AWS."
    ),
    (
        "One cluster: two node groups of one instance each and six add-ons (vpc-cni, kube-proxy, eks-pod-"
        "identity-agent, coredns, aws-ebs-csi-driver, metrics-server), in the default VPC, with roles of its own."
    ),
    (
        "Seconds drawn from triangular distributions (fastest, commonest, slowest in public logs): control plane "
        "400, 540, 690; node group 85, 110, 200; vpc-cni 20, 30, 37; kube-proxy 4, 12, 25; pod identity agent 4, "
        "14, 25; coredns 8, 13, 40; EBS CSI driver 15, 25, 45; metrics-server 20, 35, 55."
    ),
    "EKS takes a role 5 to 15 s (commonly 8; assumed) after IAM has made it, and making one takes 1 s.",
    (
        "Each AWS call takes 0.04 s, a function begins 0.05 s after its state, and 0.6 s later still when it is "
        "called for the first time (assumed); the run begins when the POST has started its execution."
    ),
)
