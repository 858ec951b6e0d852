from __future__ import annotations

import pytest

from lambdas.domain.preflight.versions import OfferedVersion, newest, version_errors
from lambdas.domain.spec import ClusterSpec, Nodegroup, UpgradePolicy, to_json
from tests.unit.domain.preflight.judging import pointers

STANDARD, EXTENDED = ("1.35", "1.34"), ("1.33", "1.32")
OFFERED = [
    *(OfferedVersion(version=it, extended=True) for it in EXTENDED),
    *(OfferedVersion(version=it, extended=False) for it in STANDARD),
]
TOLERANT = UpgradePolicy(supportType="EXTENDED")
STRICT = {"upgradePolicy": {"supportType": "STANDARD"}}


def group(version: str | None) -> ClusterSpec:
    return ClusterSpec(name="bank", version="1.35", nodegroups=(Nodegroup(nodegroupName="a", version=version),))


@pytest.mark.parametrize(
    ("versions", "best"), [(["1.9", "1.10"], "1.10"), (["1.35", "1.34"], "1.35"), (["2.0", "1.99"], "2.0")]
)
def test_newer_is_a_matter_of_numbers(versions: list[str], best: str) -> None:
    extended = OfferedVersion(version="9.99", extended=True)
    assert newest([extended, *(OfferedVersion(version=it, extended=False) for it in versions)]) == best


@pytest.mark.parametrize(
    ("spec", "sent", "places"),
    [
        pytest.param(ClusterSpec(name="bank", version="1.34"), {}, [], id="in standard support"),
        pytest.param(ClusterSpec(name="bank", version="1.30"), {}, ["/version"], id="too old"),
        pytest.param(ClusterSpec(name="bank", version="1.99"), {}, ["/version"], id="not made yet"),
        pytest.param(ClusterSpec(name="bank", version="1.32"), {}, ["/version"], id="extended, and nothing said"),
        pytest.param(
            ClusterSpec(name="bank", version="1.32"), STRICT, ["/upgradePolicy/supportType"], id="extended and STANDARD"
        ),
        pytest.param(
            ClusterSpec(name="bank", version="1.32", upgradePolicy=TOLERANT), {}, [], id="extended and EXTENDED"
        ),
        pytest.param(
            ClusterSpec(name="bank", version="1.30", upgradePolicy=TOLERANT), {}, ["/version"], id="no support at all"
        ),
        pytest.param(group(None), {}, [], id="nodes of the cluster's version"),
        pytest.param(group("1.35"), {}, [], id="nodes of the same version, said aloud"),
        pytest.param(group("1.34"), {}, ["/nodegroups/0/version"], id="new nodes of an older version"),
    ],
)
def test_versions_are_held_to_what_eks_offers(spec: ClusterSpec, sent: dict[str, object], places: list[str]) -> None:
    assert pointers(version_errors(spec, sent, OFFERED)) == places


def test_nodes_of_a_cluster_that_is_there_may_be_older() -> None:
    assert pointers(version_errors(group("1.34"), {}, OFFERED, group(None))) == []
    assert pointers(version_errors(group("1.34"), {}, OFFERED, ClusterSpec(name="bank", version="1.35"))) == [
        "/nodegroups/0/version"
    ]


@pytest.mark.parametrize("version", ["1.30", "1.32"])
def test_a_version_that_has_grown_old_is_not_held_against_its_cluster(version: str) -> None:
    before = ClusterSpec(name="bank", version=version)
    now = ClusterSpec(name="bank", version=version, tags={"team": "a"})
    assert pointers(version_errors(now, {}, OFFERED, before)) == []
    assert pointers(version_errors(now, {}, OFFERED, ClusterSpec(name="bank", version="1.29"))) == ["/version"]


def test_a_refusal_says_what_is_offered() -> None:
    spec = ClusterSpec(name="bank", version="1.30")
    (error,) = version_errors(spec, to_json(spec), OFFERED)
    assert "1.35, 1.34, or 1.33, 1.32 in extended support" in error.remedy
    assert "leave version out for 1.35" in error.remedy


def test_without_extended_support_nothing_is_said_of_it() -> None:
    only = [OfferedVersion(version="1.35", extended=False)]
    (error,) = version_errors(ClusterSpec(name="bank", version="1.30"), {}, only)
    assert error.remedy == "Choose one of 1.35; or leave version out for 1.35."
