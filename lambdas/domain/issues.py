"""The health issues of EKS resources and failed updates: for each code, what a person can do about it.

The codes are botocore's enums ``ClusterIssueCode``, ``NodegroupIssueCode``, ``AddonIssueCode`` and
``ErrorCode``; a test demands that none is missing here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lambdas.domain.progress import Failed

_AGAIN = "then send the same spec again: the run goes on where this one ended."
_SUBNET = f"Put back the subnets, or give the spec subnets that exist; {_AGAIN}"
_TEMPLATE = f"Put back the launch template and version that the node group was created with; {_AGAIN}"
_SECURITY_GROUP = f"Put back the security group, or take it out of the spec; {_AGAIN}"
_ADDRESSES = f"Free addresses in the subnets or give larger ones; {_AGAIN}"
_KEY = f"Restore the KMS key: without it the cluster's secrets cannot be read; {_AGAIN}"
_QUOTA = f"Raise the quota that the message names, in Service Quotas; {_AGAIN}"
_AWS = f"The fault is on AWS's side: wait a few minutes, {_AGAIN}"
_ACCESS = f"Give the role that the message names the permission it lacks; {_AGAIN}"
_GROUP = f"Undo the change that was made to the auto scaling group outside of EKS; {_AGAIN}"

REMEDIES: Final[dict[str, str]] = {
    "AccessDenied": _ACCESS,
    "AddonPermissionFailure": f"Give the add-on's pod identity or service account role what it lacks; {_AGAIN}",
    "AddonSubscriptionNeeded": f"Subscribe to the add-on in AWS Marketplace; {_AGAIN}",
    "AdmissionRequestDenied": f"An admission webhook of the cluster refused the add-on: exempt it; {_AGAIN}",
    "AmiIdNotFound": f"Give a launch template whose AMI exists and is shared with this account; {_AGAIN}",
    "AsgInstanceLaunchFailures": "EC2 could not launch the instances: add instance types or zones, use "
    f"ON_DEMAND, or raise the quota that the message names; {_AGAIN}",
    "AutoScalingGroupInstanceRefreshActive": f"Wait until the instance refresh has ended; {_AGAIN}",
    "AutoScalingGroupInvalidConfiguration": _GROUP,
    "AutoScalingGroupNotFound": "Delete the node group: its auto scaling group is gone and EKS does not make it "
    f"anew; {_AGAIN}",
    "AutoScalingGroupOptInRequired": f"Opt in to EC2 Auto Scaling in this region; {_AGAIN}",
    "AutoScalingGroupRateLimitExceeded": _AWS,
    "ClusterUnreachable": f"See that the control plane can reach its subnets and webhooks; {_AGAIN}",
    "ConfigurationConflict": f"Set the add-on's resolveConflicts to OVERWRITE, or remove the field; {_AGAIN}",
    "Ec2InstanceTypeDoesNotExist": f"Choose instance types that this region offers; {_AGAIN}",
    "Ec2LaunchTemplateDeletionFailure": f"Let EKS delete the launch template that it made; {_AGAIN}",
    "Ec2LaunchTemplateInvalidConfiguration": f"Correct the launch template as the message says; {_AGAIN}",
    "Ec2LaunchTemplateMaxLimitExceeded": _QUOTA,
    "Ec2LaunchTemplateNotFound": _TEMPLATE,
    "Ec2LaunchTemplateVersionMaxLimitExceeded": f"Delete old versions of the launch template; {_AGAIN}",
    "Ec2LaunchTemplateVersionMismatch": _TEMPLATE,
    "Ec2SecurityGroupDeletionFailure": f"Detach the network interfaces that still use the group; {_AGAIN}",
    "Ec2SecurityGroupNotFound": _SECURITY_GROUP,
    "Ec2ServiceNotSubscribed": f"Finish signing the account up for EC2; {_AGAIN}",
    "Ec2SubnetInvalidConfiguration": "Turn on automatic public addresses in the public subnets, or use private "
    f"ones with a route to EKS; {_AGAIN}",
    "Ec2SubnetListTooLong": f"Give the node group fewer subnets; {_AGAIN}",
    "Ec2SubnetMissingIpv6Assignment": f"Turn on automatic IPv6 addresses in the subnets; {_AGAIN}",
    "Ec2SubnetNotFound": _SUBNET,
    "EniLimitReached": f"Raise the quota for network interfaces; {_AGAIN}",
    "IamInstanceProfileNotFound": f"Delete the node group: its instance profile is gone; {_AGAIN}",
    "IamLimitExceeded": _QUOTA,
    "IamNodeRoleNotFound": f"Put back the node role, or give another one; {_AGAIN}",
    "IamRoleNotFound": f"Put back the cluster role: EKS needs it for as long as the cluster lives; {_AGAIN}",
    "IamThrottling": _AWS,
    "InstanceLimitExceeded": f"Raise the quota for running instances of this family; {_AGAIN}",
    "InsufficientFreeAddresses": _ADDRESSES,
    "InsufficientNumberOfReplicas": f"Give the cluster nodes on which the add-on's pods fit; {_AGAIN}",
    "InternalFailure": _AWS,
    "IpNotAvailable": _ADDRESSES,
    "K8sResourceNotFound": f"Put back the Kubernetes object that the message names; {_AGAIN}",
    "KmsGrantRevoked": _KEY,
    "KmsKeyDisabled": _KEY,
    "KmsKeyMarkedForDeletion": _KEY,
    "KmsKeyNotFound": _KEY,
    "KubernetesLabelInvalid": f"Correct the label that the message names; {_AGAIN}",
    "LimitExceeded": _QUOTA,
    "NodeCreationFailure": "The instances came up but never joined. Look at their route to the cluster's endpoint "
    f"(NAT, or the private endpoint), the node role and the security groups; {_AGAIN}",
    "NodeTerminationFailure": f"Terminate the instances that the message names; {_AGAIN}",
    "OperationNotPermitted": _ACCESS,
    "Other": f"See what the message says; {_AGAIN}",
    "PodEvictionFailure": "A PodDisruptionBudget or a pod that does not end holds the node: relax it or delete "
    f"the pod; {_AGAIN}",
    "ResourceLimitExceeded": _QUOTA,
    "ResourceNotFound": f"Put back the resource that the message names; {_AGAIN}",
    "SecurityGroupNotFound": _SECURITY_GROUP,
    "SourceEc2LaunchTemplateNotFound": _TEMPLATE,
    "StsRegionalEndpointDisabled": f"Activate the regional STS endpoint in the account's settings; {_AGAIN}",
    "SubnetNotFound": _SUBNET,
    "Unknown": f"See what the message says; {_AGAIN}",
    "UnsupportedAddonModification": f"Take back what the message names of the add-on's configuration; {_AGAIN}",
    "UnsupportedVersion": f"Choose a Kubernetes version that EKS still supports; {_AGAIN}",
    "VpcIdNotFound": f"Put back the VPC; {_AGAIN}",
    "VpcNotFound": f"Put back the VPC; {_AGAIN}",
}


PASSING: Final = frozenset({"IamThrottling", "AutoScalingGroupRateLimitExceeded", "InternalFailure"})
"""What AWS stumbled over by itself: worth making the resource anew without asking anybody."""

MOST_TRIES: Final = 3
"""How often a run does so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One entry of a resource's ``health.issues`` or of an update's ``errors``."""

    code: str
    message: str
    resource_ids: tuple[str, ...] = ()


def failed_by(issues: Iterable[Issue], otherwise: str) -> Failed:
    """The failure that the issues amount to: the first one's code, everybody's words.

    ``otherwise`` is the cause where EKS reports a failure without an issue.
    """
    known = tuple(issues)
    if not known:
        return Failed("Unknown", otherwise, REMEDIES["Unknown"])
    causes = "; ".join(_said(issue) for issue in known)
    remedies = dict.fromkeys(REMEDIES.get(issue.code, REMEDIES["Unknown"]) for issue in known)
    return Failed(known[0].code, causes, " ".join(remedies))


def _said(issue: Issue) -> str:
    ids = f" ({', '.join(issue.resource_ids)})" if issue.resource_ids else ""
    return f"{issue.code}: {issue.message}{ids}"
