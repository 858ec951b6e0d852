"""Kinds of strings and numbers in node groups."""

from typing import Annotated, Literal

from lambdas.domain.constraints import Length, Pattern, Range

AmiType = Literal[
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "AL2_ARM_64",
    "CUSTOM",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2025_x86_64",
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
]
CapacityType = Literal["ON_DEMAND", "SPOT", "CAPACITY_BLOCK"]
TaintEffect = Literal["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"]
UpdateStrategy = Literal["DEFAULT", "MINIMAL"]
RepairAction = Literal["Replace", "Reboot", "NoAction"]
WarmPoolState = Literal["STOPPED", "RUNNING", "HIBERNATED"]

_QUALIFIED_NAME = (
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*/)?"
    "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
)
_VALUE = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"

NodegroupName = Annotated[
    str,
    Length(1, 63),
    Pattern(
        "[0-9A-Za-z][0-9A-Za-z_-]*",
        "a node group name",
        "general-purpose",
        "It starts with a letter or digit; hyphens and underscores may follow.",
    ),
]
InstanceType = Annotated[
    str, Length(1, 64), Pattern(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an EC2 instance type", "m7i.large")
]
LabelKey = Annotated[
    str,
    Length(1, 63),
    Pattern(
        _QUALIFIED_NAME,
        "a Kubernetes label key",
        "bank.example/tier",
        "Letters, digits, hyphens, underscores and dots, with an optional domain and slash before them.",
    ),
]
LabelValue = Annotated[str, Length(1, 63), Pattern(_VALUE, "a Kubernetes label value", "batch")]
TaintKey = Annotated[str, Length(1, 63), Pattern(_QUALIFIED_NAME, "a Kubernetes taint key", "dedicated")]
TaintValue = Annotated[str, Length(0, 63), Pattern(f"(?:{_VALUE})?", "a Kubernetes taint value", "batch")]
LaunchTemplateId = Annotated[str, Pattern("lt-[0-9a-f]{8,17}", "the id of a launch template", "lt-0a1b2c3d4e5f60718")]
LaunchTemplateName = Annotated[
    str,
    Length(3, 128),
    Pattern(r"[A-Za-z0-9().\-/_]+", "the name of a launch template", "hardened-nodes"),
]
LaunchTemplateVersion = Annotated[
    str,
    Pattern(
        "[1-9][0-9]*",
        "the number of a launch template version",
        '"7"',
        "$Latest and $Default change behind the spec's back; leave the version out for the template's default.",
    ),
]
ReleaseVersion = Annotated[
    str,
    Length(1, 64),
    Pattern("[0-9]+[0-9A-Za-z.-]*", "the release version of an EKS AMI", "1.35.0-20261101"),
]
KeyPairName = Annotated[
    str,
    Length(1, 255),
    Pattern(r"[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?", "the name of an EC2 key pair", "platform-2026"),
]
NodeCondition = Annotated[str, Length(1), Pattern(r"[\x21-\x7E]+", "a condition of a node", "AcceleratedHardwareReady")]
ConditionReason = Annotated[str, Length(1), Pattern(r"[\x21-\x7E]+", "the reason of a condition", "NvidiaXID64Error")]
Count = Annotated[int, Range(1)]
Percentage = Annotated[int, Range(1, 100)]
