"""What EKS has on offer: Kubernetes versions, add-ons, access policies and AMI releases, from the data files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sandbox.twin.errors import invalid_parameter, not_found
from sandbox.twin.paging import page

if TYPE_CHECKING:
    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

UNSUPPORTED, EXTENDED, STANDARD = "UNSUPPORTED", "EXTENDED_SUPPORT", "STANDARD_SUPPORT"
_DATES = ("releaseDate", "endOfStandardSupportDate", "endOfExtendedSupportDate")


@cache
def _data(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads(files("sandbox.twin").joinpath("data", f"{name}.json").read_text())


def cluster_versions(now: datetime) -> list[Json]:
    """Return every Kubernetes version, newest first, with the support it has at `now`."""
    return [_version(entry, now) for entry in _data("cluster_versions")["clusterVersions"]]


def _version(entry: Json, now: datetime) -> Json:
    dates = {name: datetime.fromisoformat(entry[name]).replace(tzinfo=UTC) for name in _DATES}
    support = _support(dates, now)
    return {**entry, **dates, "versionStatus": support, "status": support.lower().replace("_", "-")}


def _support(dates: dict[str, datetime], now: datetime) -> str:
    if now < dates["endOfStandardSupportDate"]:
        return STANDARD
    return EXTENDED if now < dates["endOfExtendedSupportDate"] else UNSUPPORTED


def supported_version(version: str | None, now: datetime) -> Json:
    """Return the entry of `version` (or of the default version), or refuse one that is not on offer."""
    for entry in cluster_versions(now):
        wanted = entry["clusterVersion"] == version if version else entry["defaultVersion"]
        if wanted and entry["versionStatus"] != UNSUPPORTED:
            return entry
    raise invalid_parameter(f"unsupported Kubernetes version {version}")


def known_version(version: str) -> bool:
    """Is there a Kubernetes version of this name at all?"""
    return any(entry["clusterVersion"] == version for entry in _data("cluster_versions")["clusterVersions"])


def minor(version: str) -> int:
    """Return the minor part of a Kubernetes version such as 1.35."""
    return int(version.partition(".")[2])


def describe_cluster_versions(core: Core, call: Call) -> Json:
    """Answer DescribeClusterVersions; versions out of support only when asked for."""
    params = call.params
    wanted = {name: params[name] for name in ("clusterType", "status", "versionStatus") if name in params}
    named = params.get("clusterVersions")
    everything = params.get("includeAll") or named or "status" in wanted or "versionStatus" in wanted
    entries = [
        entry
        for entry in cluster_versions(core.now)
        if (everything or entry["versionStatus"] != UNSUPPORTED)
        and (not named or entry["clusterVersion"] in named)
        and (not params.get("defaultOnly") or entry["defaultVersion"])
        and all(entry[name] == value for name, value in wanted.items())
    ]
    return page(params, "clusterVersions", entries)


def addon_entry(name: str) -> Json | None:
    """Return what the catalogue says of the add-on `name`."""
    return next((entry for entry in _data("addons")["addons"] if entry["addonName"] == name), None)


def addon_version(entry: Json, cluster_version: str, wanted: str | None) -> str | None:
    """Return `wanted` if the cluster version can run it; the default version if nothing is wanted; else None."""
    for version in entry["versions"]:
        fits = cluster_version in version["clusterVersions"]
        default = cluster_version in version["defaultFor"]
        if (fits and version["addonVersion"] == wanted) or (wanted is None and default):
            return str(version["addonVersion"])
    return None


def describe_addon_versions(_core: Core, call: Call) -> Json:
    """Answer DescribeAddonVersions; an unknown add-on has none."""
    params = call.params
    version = params.get("kubernetesVersion")
    chosen = [entry for entry in _data("addons")["addons"] if _chosen(entry, params)]
    infos = [_addon_info(entry, version) for entry in chosen]
    return page(params, "addons", [info for info in infos if info["addonVersions"]])


def _chosen(entry: Json, params: Json) -> bool:
    lists = {"types": "type", "publishers": "publisher", "owners": "owner"}
    return ("addonName" not in params or entry["addonName"] == params["addonName"]) and all(
        entry[member] in params[name] for name, member in lists.items() if name in params
    )


def _addon_info(entry: Json, cluster_version: str | None) -> Json:
    same = ("addonName", "type", "publisher", "owner", "defaultNamespace")
    versions = [_addon_version_info(entry, version, cluster_version) for version in entry["versions"]]
    return {name: entry[name] for name in same} | {"addonVersions": [it for it in versions if it["compatibilities"]]}


def _addon_version_info(entry: Json, version: Json, cluster_version: str | None) -> Json:
    return {
        "addonVersion": version["addonVersion"],
        "architecture": entry["architecture"],
        "computeTypes": entry["computeTypes"],
        "requiresConfiguration": False,
        "requiresIamPermissions": bool(entry["podIdentityConfiguration"]),
        "compatibilities": [
            {"clusterVersion": it, "platformVersions": ["*"], "defaultVersion": it in version["defaultFor"]}
            for it in version["clusterVersions"]
            if cluster_version in (None, it)
        ],
    }


def describe_addon_configuration(_core: Core, call: Call) -> Json:
    """Answer DescribeAddonConfiguration."""
    name, version = call.params["addonName"], call.params["addonVersion"]
    entry = addon_entry(name)
    if entry is None or version not in {it["addonVersion"] for it in entry["versions"]}:
        raise not_found(f"Addon {name} with version {version} is not supported", addonName=name)
    return {
        "addonName": name,
        "addonVersion": version,
        "configurationSchema": json.dumps(entry["configurationSchema"]),
        "podIdentityConfiguration": entry["podIdentityConfiguration"],
    }


def access_policies(core: Core) -> dict[str, str]:
    """Return the access policies, ARN to name."""
    return {core.scope.access_policy(name): name for name in _data("access_policies")["accessPolicies"]}


def list_access_policies(core: Core, call: Call) -> Json:
    """Answer ListAccessPolicies."""
    policies = [{"name": name, "arn": arn} for arn, name in access_policies(core).items()]
    return page(call.params, "accessPolicies", policies)


def ami_releases(version: str, ami_type: str) -> list[str]:
    """Return the AMI releases for a Kubernetes version and an AMI type, newest first; none if it has no AMI."""
    family = ami_type.partition("_")[0]
    releases: list[str] = _data("ami_releases")["releases"].get(version, {}).get(family, [])
    return releases


OPERATIONS: dict[str, Handler] = {
    "DescribeAddonConfiguration": describe_addon_configuration,
    "DescribeAddonVersions": describe_addon_versions,
    "DescribeClusterVersions": describe_cluster_versions,
    "ListAccessPolicies": list_access_policies,
}
