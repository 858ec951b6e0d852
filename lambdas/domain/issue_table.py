"""The table of EKS's own findings: each code of a health issue and of a failed update, what it means, what to do.

The codes are botocore's enums ``ClusterIssueCode``, ``NodegroupIssueCode``, ``AddonIssueCode`` and ``ErrorCode``, which
share some; a test demands that none is missing and none is too many. docs/failures.md shows the table.
"""

from collections.abc import Mapping
from typing import Final

from lambdas.domain.dispositions import Disposition, Meaning

_AGAIN: Final = "then send the same spec again: the run goes on where this one ended."


def _meaning(disposition: Disposition, what: str, stays: Disposition = Disposition.PAGE) -> Meaning:
    return Meaning(disposition=disposition, words=f"{what}; {_AGAIN}", stays=stays)


def _user(what: str) -> Meaning:
    return _meaning(Disposition.USER, what)


def _page(what: str) -> Meaning:
    return _meaning(Disposition.PAGE, what)


_ACCESS = _page("Give the role that the message names the permission it lacks")
_AWS = _meaning(Disposition.RETRY, "The fault is on AWS's side: wait a few minutes")
_QUOTA = _page("Raise the quota that the message names, in Service Quotas")
_COPY = _page("Put back the launch template and version that EKS keeps for the node group")
_SECURITY_GROUP = _user("Put back the security group, or take it out of the spec")
_SUBNET = _user("Put back the subnets, or give the spec subnets that exist")
_ADDRESSES = _user("Free addresses in the subnets or give larger ones")
_KEY = _page("Restore the KMS key: without it the cluster's secrets cannot be read")
_MESSAGE = _page("See what the message says")
_TEMPLATE = _user("Put back the launch template and version that the node group was created with")
_VPC = _page("Put back the VPC")

ISSUES: Final[Mapping[str, Meaning]] = {
    "AccessDenied": _ACCESS,
    "AddonPermissionFailure": _user("Give the add-on's pod identity or service account role what it lacks"),
    "AddonSubscriptionNeeded": _page("Subscribe to the add-on in AWS Marketplace"),
    "AdmissionRequestDenied": _user("An admission webhook of the cluster refused the add-on: exempt it"),
    "AmiIdNotFound": _user("Give a launch template whose AMI exists and is shared with this account"),
    "AsgInstanceLaunchFailures": _user(
        "EC2 could not launch the instances: add instance types or zones, use ON_DEMAND, or "
        "raise the quota that the message names"
    ),
    "AutoScalingGroupInstanceRefreshActive": _meaning(
        Disposition.WAIT, "Wait until the instance refresh has ended, or end it"
    ),
    "AutoScalingGroupInvalidConfiguration": _page(
        "Undo the change that was made to the auto scaling group outside of EKS"
    ),
    "AutoScalingGroupNotFound": _page(
        "Delete the node group: its auto scaling group is gone and EKS does not make it anew"
    ),
    "AutoScalingGroupOptInRequired": _page("Opt in to EC2 Auto Scaling in this region"),
    "AutoScalingGroupRateLimitExceeded": _AWS,
    "ClusterUnreachable": _user("See that the control plane can reach its subnets and webhooks"),
    "ConfigurationConflict": _user("Set the add-on's resolveConflicts to OVERWRITE, or remove the field"),
    "Ec2InstanceTypeDoesNotExist": _user("Choose instance types that this region offers"),
    "Ec2LaunchTemplateDeletionFailure": _page("Let EKS delete the launch template that it made"),
    "Ec2LaunchTemplateInvalidConfiguration": _user("Correct the launch template as the message says"),
    "Ec2LaunchTemplateMaxLimitExceeded": _QUOTA,
    "Ec2LaunchTemplateNotFound": _COPY,
    "Ec2LaunchTemplateVersionMaxLimitExceeded": _page("Delete old versions of the launch template"),
    "Ec2LaunchTemplateVersionMismatch": _COPY,
    "Ec2SecurityGroupDeletionFailure": _page("Detach the network interfaces that still use the group"),
    "Ec2SecurityGroupNotFound": _SECURITY_GROUP,
    "Ec2ServiceNotSubscribed": _page("Finish signing the account up for EC2"),
    "Ec2SubnetInvalidConfiguration": _user(
        "Turn on automatic public addresses in the public subnets, or use private ones with a route to EKS"
    ),
    "Ec2SubnetListTooLong": _user("Give the node group fewer subnets"),
    "Ec2SubnetMissingIpv6Assignment": _user("Turn on automatic IPv6 addresses in the subnets"),
    "Ec2SubnetNotFound": _SUBNET,
    "EniLimitReached": _page("Raise the quota for network interfaces"),
    "IamInstanceProfileNotFound": _page("Delete the node group: its instance profile is gone"),
    "IamLimitExceeded": _QUOTA,
    "IamNodeRoleNotFound": _page("Put back the node role, or give another one"),
    "IamRoleNotFound": _page("Put back the cluster role: EKS needs it for as long as the cluster lives"),
    "IamThrottling": _AWS,
    "InstanceLimitExceeded": _page("Raise the quota for running instances of this family"),
    "InsufficientFreeAddresses": _ADDRESSES,
    "InsufficientNumberOfReplicas": _meaning(
        Disposition.WAIT, "Give the cluster nodes on which the add-on's pods fit", stays=Disposition.USER
    ),
    "InternalFailure": _AWS,
    "IpNotAvailable": _ADDRESSES,
    "K8sResourceNotFound": _user("Put back the Kubernetes object that the message names"),
    "KmsGrantRevoked": _KEY,
    "KmsKeyDisabled": _KEY,
    "KmsKeyMarkedForDeletion": _KEY,
    "KmsKeyNotFound": _KEY,
    "KubernetesLabelInvalid": _user("Correct the label that the message names"),
    "LimitExceeded": _QUOTA,
    "NodeCreationFailure": _user(
        "The instances came up but never joined. Look at their route to the cluster's endpoint (NAT, or the "
        "private endpoint), the node role and the security groups"
    ),
    "NodeTerminationFailure": _page("Terminate the instances that the message names"),
    "OperationNotPermitted": _ACCESS,
    "Other": _MESSAGE,
    "PodEvictionFailure": _user(
        "A PodDisruptionBudget or a pod that does not end holds the node: relax it or delete the pod"
    ),
    "ResourceLimitExceeded": _QUOTA,
    "ResourceNotFound": _page("Put back the resource that the message names"),
    "SecurityGroupNotFound": _SECURITY_GROUP,
    "SourceEc2LaunchTemplateNotFound": _TEMPLATE,
    "StsRegionalEndpointDisabled": _page("Activate the regional STS endpoint in the account's settings"),
    "SubnetNotFound": _SUBNET,
    "Unknown": _MESSAGE,
    "UnsupportedAddonModification": _user("Take back what the message names of the add-on's configuration"),
    "UnsupportedVersion": _user("Choose a Kubernetes version that EKS still supports"),
    "VpcIdNotFound": _VPC,
    "VpcNotFound": _VPC,
}
