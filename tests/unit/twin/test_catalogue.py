"""What is on offer, and on which day."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.clock import VirtualClock
from sandbox.twin import catalogue
from tests.unit.twin.house import new_twin

if TYPE_CHECKING:
    from tests.unit.twin.house import House

OFFERED = ["1.35", "1.34", "1.33", "1.32", "1.31"]


def offered(house: House, **params: Any) -> dict[str, str]:  # noqa: ANN401 - members of the request
    entries: Any = house.eks.describe_cluster_versions(**params)["clusterVersions"]
    return {entry["clusterVersion"]: entry["versionStatus"] for entry in entries}


def test_versions_on_the_21st_of_november_2026(house: House) -> None:
    assert offered(house) == {
        "1.35": "STANDARD_SUPPORT",
        "1.34": "STANDARD_SUPPORT",
        "1.33": "EXTENDED_SUPPORT",
        "1.32": "EXTENDED_SUPPORT",
        "1.31": "EXTENDED_SUPPORT",
    }
    assert list(offered(house, defaultOnly=True)) == ["1.35"]
    assert list(offered(house, versionStatus="STANDARD_SUPPORT")) == ["1.35", "1.34"]
    assert list(offered(house, status="unsupported")) == ["1.30", "1.29"]
    assert list(offered(house, clusterVersions=["1.32", "1.30"])) == ["1.32", "1.30"]
    assert set(offered(house, includeAll=True)) > set(OFFERED)


def test_support_ends_with_its_date(house: House) -> None:
    house.twin = new_twin(house.world, VirtualClock(datetime(2026, 12, 3, tzinfo=UTC)))
    versions = offered(house)
    assert versions["1.34"] == "EXTENDED_SUPPORT"
    assert "1.31" not in versions


def test_every_add_on_has_one_default_for_each_version_it_supports(house: House) -> None:
    entries = house.eks.describe_addon_versions()["addons"]
    assert len(entries) >= 11
    for entry in entries:
        defaults = Counter(
            it["clusterVersion"]
            for version in entry["addonVersions"]
            for it in version["compatibilities"]
            if it["defaultVersion"]
        )
        assert defaults == Counter(OFFERED), entry["addonName"]


@pytest.mark.parametrize("version", OFFERED)
def test_the_usual_add_ons_are_there_for_every_version(house: House, version: str) -> None:
    entries = house.eks.describe_addon_versions(kubernetesVersion=version)["addons"]
    names = {entry["addonName"] for entry in entries}
    assert {"vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent", "aws-ebs-csi-driver"} <= names
    told = {it["clusterVersion"] for e in entries for v in e["addonVersions"] for it in v["compatibilities"]}
    assert told == {version}


def test_add_ons_can_be_narrowed(house: House) -> None:
    def names(**params: Any) -> set[str]:  # noqa: ANN401 - members of the request
        return {entry["addonName"] for entry in house.eks.describe_addon_versions(**params)["addons"]}

    assert names(addonName="coredns") == {"coredns"}
    assert names(addonName="ftp") == set()
    assert names(kubernetesVersion="1.12") == set()
    assert "metrics-server" in names(owners=["community"])
    assert "vpc-cni" not in names(owners=["community"])
    assert names(types=["storage"], owners=["aws"]) > {"aws-ebs-csi-driver"}


def test_every_version_has_a_configuration_schema(house: House) -> None:
    for entry in house.eks.describe_addon_versions()["addons"]:
        for version in entry["addonVersions"]:
            told = house.eks.describe_addon_configuration(
                addonName=entry["addonName"], addonVersion=version["addonVersion"]
            )
            assert json.loads(told["configurationSchema"])["additionalProperties"] is False
            assert bool(told["podIdentityConfiguration"]) == version["requiresIamPermissions"]


def test_every_version_on_offer_has_amis() -> None:
    for version in OFFERED:
        for family in ("AL2023_x86_64_STANDARD", "BOTTLEROCKET_ARM_64", "WINDOWS_CORE_2022_x86_64"):
            assert catalogue.ami_releases(version, family)
    assert catalogue.ami_releases("1.32", "AL2_x86_64")
    assert not catalogue.ami_releases("1.33", "AL2_x86_64")
