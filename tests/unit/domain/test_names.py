from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.names import PATH, Home, RoleKind, owner_tags, role_arn, role_name, run_id

if TYPE_CHECKING:
    from collections.abc import Callable

CLUSTERS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=100)
# Names that differ only where a careless cut would lose the difference.
LONG = st.tuples(st.just("x" * 60), st.text("ab", min_size=1, max_size=40)).map("".join)
NAMES = CLUSTERS | LONG
KINDS = st.sampled_from(RoleKind)
NUMBERS = st.integers(1, 99_999)
ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
EXECUTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")

ROLES = st.tuples(NAMES, KINDS)
RUNS = st.tuples(NAMES, st.just("provision"), NUMBERS, NUMBERS)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (role_name("simple-bank", RoleKind.CLUSTER), "slipway-simple-bank-cluster"),
        (role_name("simple-bank", RoleKind.NODE), "slipway-simple-bank-node"),
        (role_name("x" * 51, RoleKind.NODE), "slipway-" + "x" * 51 + "-node"),
        (role_name("x" * 52, RoleKind.NODE), "slipway-" + "x" * 42 + "-51d32a8a-node"),
        (run_id("simple-bank", "provision", 3, 2), "simple-bank-provision-3-2"),
    ],
)
def test_names_stay_what_they_are(made: str, expected: str) -> None:
    assert made == expected


@settings(max_examples=25)
@given(ROLES)
def test_role_names_are_names_that_iam_takes(given_role: tuple[str, RoleKind]) -> None:
    cluster, kind = given_role
    name = role_name(cluster, kind)
    assert ROLE_NAME.fullmatch(name)
    assert name.startswith("slipway-")
    assert name.endswith(f"-{kind}")


@settings(max_examples=25)
@given(RUNS)
def test_run_ids_are_names_that_step_functions_takes(run: tuple[str, str, int, int]) -> None:
    cluster, verb, generation, attempt = run
    name = run_id(cluster, verb, generation, attempt)
    assert EXECUTION_NAME.fullmatch(name)
    assert name.endswith(f"-{verb}-{generation}-{attempt}")


@pytest.mark.parametrize(("name", "arguments"), [(role_name, ROLES), (run_id, RUNS)])
def test_names_are_as_different_as_what_they_are_made_of(
    name: Callable[..., str], arguments: st.SearchStrategy[tuple[str, ...]]
) -> None:
    @settings(max_examples=25)
    @given(one=arguments, other=arguments)
    def holds(one: tuple[str, ...], other: tuple[str, ...]) -> None:
        assert (name(*one) == name(*other)) is (one == other)

    holds()


def test_an_arn_says_partition_account_and_path() -> None:
    home = Home(partition="aws-cn", account="210987654321", region="cn-north-1")
    assert (
        role_arn(home, "simple-bank", RoleKind.NODE)
        == f"arn:aws-cn:iam::210987654321:role{PATH}slipway-simple-bank-node"
    )


def test_the_owner_stands_in_two_tags() -> None:
    assert owner_tags("simple-bank", "run") == {"slipway/cluster": "simple-bank", "slipway/run": "run"}
