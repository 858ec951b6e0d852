"""Kinds of strings and maps that more than one part of the spec uses."""

from collections.abc import Mapping
from typing import Annotated

from lambdas.domain.constraints import Length, Pattern

PARTITION = "aws[a-z-]*"
PRIVATE_BLOCKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")

RoleArn = Annotated[
    str,
    Pattern(
        rf"arn:{PARTITION}:iam::[0-9]{{12}}:role/(?:[\x21-\x7E]{{1,510}}/)?[A-Za-z0-9+=,.@_-]{{1,64}}",
        "the ARN of an IAM role",
        "arn:aws:iam::123456789012:role/platform/eks-cluster",
        "Keep the path. A session of a role (arn:aws:sts::...) is not a role.",
    ),
]

Version = Annotated[str, Pattern(r"1\.[0-9]{2}", "a Kubernetes minor version", "1.35")]

SubnetId = Annotated[str, Pattern("subnet-[0-9a-f]{8,17}", "a subnet id", "subnet-0a1b2c3d4e5f60718")]
SecurityGroupId = Annotated[str, Pattern("sg-[0-9a-f]{8,17}", "a security group id", "sg-0a1b2c3d4e5f60718")]

Namespace = Annotated[
    str,
    Length(1, 63),
    Pattern("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", "the name of a Kubernetes namespace", "kube-system"),
]
ServiceAccountName = Annotated[
    str,
    Length(1, 253),
    Pattern(
        r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
        "the name of a Kubernetes service account",
        "ebs-csi-controller-sa",
    ),
]

# AWS allows 50 tags on a resource; Slipway marks what it makes with tags of its own and keeps five for them.
MAX_TAGS = 45
# Everything but control characters and the ASCII punctuation that AWS does not take in tags.
_TAG_TEXT = r"[^\x00-\x1F!-*,;<>?\[-\^`{-\x7F]"
TagKey = Annotated[
    str,
    Length(1, 128),
    Pattern(
        rf"(?!(?:[aA][wW][sS]:|slipway/)){_TAG_TEXT}+",
        "a tag key that is free to use",
        "cost-centre",
        "Letters, digits, spaces and _ . : / = + - @ are possible; aws: and slipway/ are reserved.",
    ),
]
TagValue = Annotated[
    str,
    Length(0, 256),
    Pattern(
        rf"{_TAG_TEXT}*",
        "a tag value",
        "retail banking",
        "Letters, digits, spaces and _ . : / = + - @ are possible.",
    ),
]
Tags = Annotated[Mapping[TagKey, TagValue], Length(0, MAX_TAGS)]

Duration = Annotated[str, Pattern("[1-9][0-9]*(?:s|m|h)", "a duration in a single unit", "30m")]
