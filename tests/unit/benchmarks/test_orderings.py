"""The models of other tools' orders: none beats what is possible, and their means are those that are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.frame.statistics import mean
from benchmarks.orderings import pollers
from benchmarks.orderings.bound import bound_by_stages, control_plane, lower_bound
from benchmarks.orderings.models import MODELS, Model
from benchmarks.provisioning.draw import Draw, drawn_alone
from tests.simulation.chance import chance

DRAWS = [drawn_alone(seed) for seed in range(1000)]
KNOWN_MEANS = {"terraform-aws-eks": 790, "CDK ClusterProvider": 928, "CAPA": 962, "eksctl": 1037, "naive, 30 s": 1105}
"""Seconds, of an earlier simulation of the same orders over the same distributions."""

DRAW = Draw(
    propagation=9,
    cluster=500,
    nodegroups=(100, 150),
    addons={
        "vpc-cni": 30,
        "kube-proxy": 10,
        "eks-pod-identity-agent": 10,
        "coredns": 20,
        "aws-ebs-csi-driver": 25,
        "metrics-server": 40,
    },
)


@pytest.mark.parametrize("model", MODELS, ids=lambda it: it.name)
def test_nobody_beats_the_bounds(model: Model) -> None:
    for seed, draw in enumerate(DRAWS):
        assert lower_bound(draw) <= bound_by_stages(draw) <= model.seconds(draw, chance(seed, "model"))


@pytest.mark.parametrize("model", MODELS, ids=lambda it: it.name)
def test_the_models_have_the_means_that_are_known(model: Model) -> None:
    found = mean(model.seconds(draw, chance(seed, "model")) for seed, draw in enumerate(DRAWS))
    assert found == pytest.approx(KNOWN_MEANS[model.name], rel=0.05)


def test_the_bounds_have_the_means_that_are_known() -> None:
    assert mean(map(bound_by_stages, DRAWS)) == pytest.approx(739, rel=0.01)


def test_the_bounds_by_hand() -> None:
    assert control_plane(DRAW) == 510
    assert lower_bound(DRAW) == 510 + 150  # the last group comes after the first one's add-ons: 100 + 40
    assert bound_by_stages(DRAW) == 510 + 150 + 40


@given(st.floats(0.01, 1000), st.integers(0, 1000))
def test_whoever_looks_sees_it_afterwards_and_not_much_later(seconds: float, seed: int) -> None:
    for seen, most in (
        (pollers.every(30, seconds), 30),
        (pollers.terraform(seconds), 10),
        (pollers.eksctl_stack(seconds), 60),
        (pollers.sdk_waiter(chance(seed, "model"), seconds), 120),
        (pollers.backing_off(seconds), seconds + 1),
    ):
        assert seconds <= seen <= seconds + most
