"""The names of a cluster's resources in timelines, plans and the registry."""

from typing import Final

from lambdas.domain.spec import AccessEntry, Addon, Nodegroup, PodIdentityAssociation

CLUSTER: Final = "cluster"
NETWORK: Final = "network"
OWN_VPC: Final = f"{NETWORK}/vpc"
NODEGROUPS: Final = "nodegroups/"
FARGATE: Final = "fargate/"
ADDONS: Final = "addons/"
SIZES: Final = "sizes/"
LOG_GROUP: Final = "logGroup"
INTERFACES: Final = "networkInterfaces/"
SECURITY_GROUPS: Final = "securityGroups/"
LOAD_BALANCERS: Final = "loadBalancers/"
TARGET_GROUPS: Final = "targetGroups/"
VOLUMES: Final = "volumes/"
IDENTITY_PROVIDER: Final = "oidcProvider"
SCHEDULES: Final = "schedules"
CONFIRMED: Final = "confirmed/"
"""What a last look at a part has shown: nothing of it is there."""


def nodegroup_path(group: Nodegroup) -> str:
    """``nodegroups/simple-bank``."""
    return NODEGROUPS + group.nodegroupName


def addon_path(addon: Addon) -> str:
    """``addons/coredns``."""
    return ADDONS + addon.addonName


def entry_path(entry: AccessEntry) -> str:
    """``access/role/platform/operators``."""
    return f"access/{entry.principalArn.partition(':')[2].rpartition(':')[2]}"


def pods_path(association: PodIdentityAssociation) -> str:
    """``podidentity/payments/ledger``: namespace and service account."""
    return f"podidentity/{association.namespace}/{association.serviceAccount}"
