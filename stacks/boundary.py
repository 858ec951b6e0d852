"""The permissions boundary of every role that Slipway makes: the most that such a role can ever do."""

from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.reviews import explain, explain_wildcard

_NEEDED: Final = (
    "autoscaling:Describe*",
    "autoscaling:UpdateAutoScalingGroup",
    "ec2:AssignIpv6Addresses",
    "ec2:AssignPrivateIpAddresses",
    "ec2:AttachNetworkInterface",
    "ec2:AttachVolume",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:CreateRoute",
    "ec2:CreateSecurityGroup",
    "ec2:CreateTags",
    "ec2:CreateVolume",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteRoute",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteVolume",
    "ec2:Describe*",
    "ec2:DetachNetworkInterface",
    "ec2:DetachVolume",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyNetworkInterfaceAttribute",
    "ec2:ModifyVolume",
    "ec2:RevokeSecurityGroupIngress",
    "ec2:UnassignIpv6Addresses",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "eks:DescribeCluster",
    "eks-auth:AssumeRoleForPodIdentity",
    "elasticloadbalancing:*",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ListGrants",
    "kms:ReEncrypt*",
)
"""What the four AWS managed policies that Slipway attaches can use, and nothing of IAM."""


class PermissionsBoundary(iam.ManagedPolicy):
    """A ceiling, not a grant: a role gets what its policies allow, as far as this allows it too."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            description="The most that a role made by Slipway can ever do",
            statements=[
                iam.PolicyStatement(sid="Needed", actions=list(_NEEDED), resources=["*"]),
                iam.PolicyStatement(
                    sid="ServiceLinkedRoles",
                    actions=["iam:CreateServiceLinkedRole"],
                    resources=["*"],
                    conditions={"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
                ),
            ],
        )
        reason = "A permissions boundary grants nothing: it limits what the policies of roles allow."
        explain_wildcard(self, "*", reason)
        for action in _NEEDED:
            if "*" in action:
                explain(self, f"IAM5[Action::{action}]", reason)
