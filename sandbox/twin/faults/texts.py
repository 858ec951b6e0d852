"""What EKS says with some of its issue codes, for rules that give no words of their own."""

from __future__ import annotations

ANY = "A fault rule of the sandbox says so."

_LAUNCH = "Could not launch On-Demand Instances. InsufficientInstanceCapacity - "
ISSUES = {
    # terraform-aws-modules/terraform-aws-eks#3001
    "InsufficientNumberOfReplicas": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
    # hashicorp/terraform-provider-aws#44853
    "IamThrottling": "Amazon EKS was unable to create an IAM Instance Profile",
    # hashicorp/terraform-provider-aws#15675
    "NodeCreationFailure": "Instances failed to join the kubernetes cluster",
    # cortexlabs/cortex#1258 (there for spot instances); what comes after the dash is ours
    "AsgInstanceLaunchFailures": _LAUNCH + "There is no capacity available that matches your request.",
    # falcosecurity/test-infra#1164
    "InsufficientFreeAddresses": "Amazon AutoScaling was unable to launch instances because there are not enough free"
    " addresses in the subnet associated with your AutoScaling group(s).",
    # terraform-aws-modules/terraform-aws-eks#2829
    "ConfigurationConflict": "Conflicts found when trying to apply. Will not continue due to resolve conflicts mode.",
    # hashicorp/terraform-provider-aws#20405
    "Ec2SecurityGroupDeletionFailure": "DependencyViolation - resource has a dependent object",
    # aws/containers-roadmap#1282
    "PodEvictionFailure": "Reached max retries while trying to evict pods from nodes in node group",
}


def text(code: str, said: str) -> str:
    """Return the rule's own words, or EKS's usual ones for an issue."""
    return said or ISSUES.get(code, ANY)
