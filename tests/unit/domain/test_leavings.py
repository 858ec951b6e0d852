"""What controllers in a cluster made, told by tags from what looks like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.domain.leavings import (
    CLAIM_TAG,
    CONTROLLER_TAG,
    DRIVER_TAG,
    SERVICE_TAG,
    Volume,
    balancing_kept,
    cluster_tag,
    concerns,
    security_group_kept,
    volume_kept,
)

NAME = "bank"
OWNED = {cluster_tag(NAME): "owned"}
OF_A_SERVICE = {**OWNED, SERVICE_TAG: "shop/front"}
OF_THE_CONTROLLER = {CONTROLLER_TAG: NAME}
OF_ANOTHER = {cluster_tag("bench"): "owned"}
MADE_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = MADE_AT + timedelta(minutes=10)
OF_A_CLAIM = {**OWNED, CLAIM_TAG: "ledger"}


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (OF_A_SERVICE, True),
        (OF_THE_CONTROLLER, True),
        ({cluster_tag(NAME): "shared"}, True),
        ({}, False),
        (OF_ANOTHER, False),
        ({CONTROLLER_TAG: "bench"}, False),
        ({cluster_tag(f"{NAME}-2"): "owned"}, False),
        ({"Name": NAME, SERVICE_TAG: "shop/front"}, False),
    ],
)
def test_tags_name_a_cluster_or_do_not(tags: dict[str, str], *, said: bool) -> None:
    assert concerns(NAME, tags) is said


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (OF_A_SERVICE, ""),
        (OF_THE_CONTROLLER, ""),
        ({**OF_A_SERVICE, cluster_tag(NAME): "shared"}, "says shared"),
        (OWNED, SERVICE_TAG),
        ({**OF_A_SERVICE, **OF_ANOTHER}, cluster_tag("bench")),
        ({**OF_A_SERVICE, CONTROLLER_TAG: "bench"}, "bench"),
        ({**OF_THE_CONTROLLER, **OF_ANOTHER}, cluster_tag("bench")),
    ],
)
def test_a_load_balancer_goes_if_a_service_made_it(tags: dict[str, str], why: str) -> None:
    kept = balancing_kept(NAME, tags)
    assert bool(kept) is bool(why)
    assert why in kept


@pytest.mark.parametrize(
    ("name", "tags", "why"),
    [
        ("eks-cluster-sg-bank-1", {**OWNED, "Name": "eks-cluster-sg-bank-1"}, ""),
        ("k8s-elb-a1f9e3da", OWNED, ""),
        ("k8s-traffic-bank-0a1b2c", OF_THE_CONTROLLER, ""),
        ("k8s-traffic-bank-0a1b2c", {**OF_THE_CONTROLLER, "Name": "traffic"}, ""),
        ("k8s-elb-a1f9e3da", {**OWNED, "Name": "precious"}, "Name"),
        ("bank-nodes", OWNED, "bank-nodes"),  # as terraform-aws-modules/terraform-aws-eks tags those of nodes
        ("eks-cluster-sg-bank2-1", OWNED, "eks-cluster-sg-bank2-1"),
        ("k8s-elb-a1f9e3da", {**OWNED, **OF_ANOTHER}, cluster_tag("bench")),
    ],
)
def test_a_security_group_goes_if_eks_or_a_service_made_it(name: str, tags: dict[str, str], why: str) -> None:
    kept = security_group_kept(NAME, name, tags)
    assert bool(kept) is bool(why)
    assert why in kept


@pytest.mark.parametrize(
    ("volume", "cluster_made_at", "why"),
    [
        (Volume(state="available", created_at=LATER, tags=OF_A_CLAIM), MADE_AT, ""),
        (Volume(state="available", created_at=LATER, tags={**OWNED, DRIVER_TAG: "true"}), MADE_AT, ""),
        (Volume(state="available", created_at=LATER, tags=OWNED), MADE_AT, DRIVER_TAG),
        (Volume(state="available", created_at=LATER, tags={**OWNED, DRIVER_TAG: "false"}), MADE_AT, DRIVER_TAG),
        (Volume(state="available", created_at=MADE_AT, tags=OF_A_CLAIM), LATER, "older than the cluster"),
        (Volume(state="available", created_at=LATER, tags=OF_A_CLAIM), None, "Nobody has noted"),
        (Volume(state="in-use", created_at=LATER, tags=OF_A_CLAIM, attached_to=("i-1",)), MADE_AT, "in-use by i-1"),
        (Volume(state="creating", created_at=LATER, tags=OF_A_CLAIM), MADE_AT, "creating"),
        (Volume(state="error", created_at=LATER, tags=OF_A_CLAIM), MADE_AT, "error"),
    ],
)
def test_a_volume_goes_if_nobody_can_miss_it(volume: Volume, cluster_made_at: datetime | None, why: str) -> None:
    kept = volume_kept(volume, cluster_made_at)
    assert bool(kept) is bool(why)
    assert why in kept
