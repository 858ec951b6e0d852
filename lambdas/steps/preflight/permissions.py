"""What the preflight may ask of AWS: reads, all of them."""

from typing import Final

from lambdas.steps.contract import OPERATORS_CHOICE, Permission

PERMISSIONS: Final = (
    Permission(
        actions=("eks:DescribeClusterVersions", "eks:DescribeAddonVersions", "eks:DescribeAddonConfiguration"),
        resources=("*",),
        reads=True,
        why_wildcard="The catalogues of versions and add-ons are not resources.",
    ),
    Permission(
        actions=("eks:ListClusters",),
        resources=("*",),
        reads=True,
        why_wildcard="The quota is about all clusters of the region.",
    ),
    Permission(
        actions=(
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        resources=("*",),
        reads=True,
        why_wildcard="EC2's Describe actions know no narrower resource.",
    ),
    Permission(
        actions=("iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
        resources=("{passable_roles}",),
        reads=True,
        why_wildcard=OPERATORS_CHOICE,
    ),
    Permission(actions=("kms:DescribeKey",), resources=("{keys}",), reads=True, why_wildcard=OPERATORS_CHOICE),
    Permission(
        actions=("servicequotas:GetServiceQuota",),
        resources=("*",),
        reads=True,
        why_wildcard="Service Quotas knows no narrower resource for reading.",
    ),
)
