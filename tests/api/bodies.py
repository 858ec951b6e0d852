"""Bodies that the door refuses, for the tests in process and over HTTP: what is sent, and what must come back."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Json = Any

ROLE = "arn:aws:iam::000000000000:role/platform/eks-node"
TEMPLATE = {"id": "lt-0123456789abcdef0"}


@dataclass(frozen=True)
class Refusal:
    """A body, the status that it gets, the pointer of the first error, and some words of that error's remedy."""

    name: str
    body: bytes
    status: int
    pointer: str
    remedy: str = ""

    def __str__(self) -> str:
        return self.name


def require_refusal(expected: Refusal, status: int, content_type: str, problem: Json) -> None:
    """See that an answer is the problem document that a body deserves."""
    assert (status, content_type) == (expected.status, "application/problem+json"), problem
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", HTTPStatus(status).phrase, status)
    first = problem["errors"][0]
    assert (first["pointer"], expected.remedy in first["remedy"]) == (expected.pointer, True), first
    for error in problem["errors"]:
        assert re.fullmatch(r"(/([^~/]|~[01])*)*", error["pointer"]), error["pointer"]
        assert error["detail"].endswith(".")
        assert error["remedy"].endswith((".", "?"))


def spec(**members: Json) -> bytes:
    return json.dumps({"name": "refused", **members}).encode()


def group(**members: Json) -> bytes:
    return spec(nodegroups=[{"nodegroupName": "general", **members}])


def sizes(least: Json, desired: Json, most: Json) -> bytes:
    return group(scalingConfig={"minSize": least, "desiredSize": desired, "maxSize": most})


def vpc(**members: Json) -> bytes:
    return spec(resourcesVpcConfig=members)


BAD_INPUT = [
    Refusal("not JSON", b"name: refused", 400, "", "Send a JSON object"),
    Refusal("a misspelt field", spec(nodegroup=[]), 422, "/nodegroup", "Did you mean nodegroups?"),
    Refusal(
        "a misspelt field further in",
        group(instanceType=["t3.micro"]),
        422,
        "/nodegroups/0/instanceType",
        "Did you mean instanceTypes?",
    ),
    Refusal("an unknown field", spec(colour="red"), 422, "/colour", "The fields here are name, version"),
    Refusal("a field of EKS that is not offered", spec(computeConfig={}), 422, "/computeConfig", "Leave it out."),
    Refusal("a wrong type", spec(deletionProtection="yes"), 422, "/deletionProtection", "Give true or false"),
    Refusal("a version that is a number", spec(version=1.35), 422, "/version", "Put it in quotes"),
    Refusal("no name", b"{}", 422, "/name", "simple-bank"),
    Refusal("an empty name", spec(name=""), 422, "/name", "Give a longer text"),
    Refusal("a name that is too long", spec(name="a" * 101), 422, "/name", "Shorten it to 100 characters"),
    Refusal("an ill-formed name", spec(name="simple bank"), 422, "/name", "Write it like simple-bank"),
    Refusal("minSize > desiredSize", sizes(2, 1, 3), 422, "/nodegroups/0/scalingConfig/desiredSize", "from 2 to 3"),
    Refusal("desiredSize > maxSize", sizes(1, 4, 3), 422, "/nodegroups/0/scalingConfig/desiredSize", "from 1 to 3"),
    Refusal("minSize > maxSize", sizes(4, 4, 3), 422, "/nodegroups/0/scalingConfig/minSize", "Lower minSize"),
    Refusal("maxSize 0", sizes(0, 0, 0), 422, "/nodegroups/0/scalingConfig/maxSize", "Give 1 or more"),
    Refusal(
        "two node groups of one name",
        spec(nodegroups=[{"nodegroupName": "a"}, {"nodegroupName": "a"}]),
        422,
        "/nodegroups/1/nodegroupName",
        "a name of its own",
    ),
    Refusal(
        "two add-ons of one name",
        spec(addons=[{"addonName": "coredns"}, {"addonName": "coredns"}]),
        422,
        "/addons/1/addonName",
        "make one of the two",
    ),
    Refusal(
        "maxUnavailable and its percentage",
        group(updateConfig={"maxUnavailable": 1, "maxUnavailablePercentage": 33}),
        422,
        "/nodegroups/0/updateConfig",
        "Give one of them",
    ),
    Refusal(
        "the whole internet, not said aloud",
        vpc(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"]),
        422,
        "/resourcesVpcConfig/publicAccessCidrs",
        "allowPublicAccessFromAnywhere: true",
    ),
    Refusal(
        "no endpoint at all",
        vpc(endpointPrivateAccess=False),
        422,
        "/resourcesVpcConfig/endpointPrivateAccess",
        "set it to true",
    ),
    Refusal(
        "a launch template and a disk size",
        group(launchTemplate=TEMPLATE, diskSize=20),
        422,
        "/nodegroups/0/diskSize",
        "Say it in the launch template",
    ),
    Refusal(
        "a launch template and remote access",
        group(launchTemplate=TEMPLATE, remoteAccess={"ec2SshKey": "k", "sourceSecurityGroups": ["sg-01234567"]}),
        422,
        "/nodegroups/0/remoteAccess",
        "Say it in the launch template",
    ),
    Refusal("more than 64 KiB", spec(tags={"a": "b" * 65_536}), 413, "", "Shorten it"),
]
"""The table of bad input that needs no look at AWS."""


def _nested(depth: int, key: str) -> str:
    return f'{{"{key}":' * depth + "1" + "}" * depth


MALFORMED = [
    # What is no JSON object
    Refusal("an empty body", b"", 400, ""),
    Refusal("white space", b" \r\n\t", 400, ""),
    Refusal("null", b"null", 400, ""),
    Refusal("true", b"true", 400, ""),
    Refusal("a number", b"1", 400, ""),
    Refusal("a string", b'"refused"', 400, ""),
    Refusal("a list", b"[]", 400, ""),
    Refusal("a list of specs", b"[" + spec() + b"]", 400, ""),
    Refusal("two specs", spec() + spec(), 400, ""),
    Refusal("rubbish at the end", spec() + b"x", 400, ""),
    Refusal("an unterminated string", b'{"name": "refused', 400, ""),
    Refusal("a comma at the end", b'{"name": "refused",}', 400, ""),
    Refusal("single quotes", b"{'name': 'refused'}", 400, ""),
    Refusal("a comment", b'{"name": "refused" /* ours */}', 400, ""),
    Refusal("a form", b"name=refused&version=1.35", 400, ""),
    Refusal("XML", b"<name>refused</name>", 400, ""),
    # Characters
    Refusal("a byte order mark", b"\xef\xbb\xbf" + spec(), 400, "", "without a byte order mark"),
    Refusal("UTF-16", spec().decode().encode("utf-16"), 400, ""),
    Refusal("UTF-32", spec().decode().encode("utf-32"), 400, ""),
    Refusal("Latin 1", '{"name": "refused", "tags": {"team": "Größe"}}'.encode("latin-1"), 400, "", "UTF-8"),
    Refusal("an overlong slash", b'{"name": "refused", "tags": {"team": "\xc0\xaf"}}', 400, "", "UTF-8"),
    Refusal("a surrogate in UTF-8", b'{"name": "refused", "tags": {"team": "\xed\xa0\x80"}}', 400, "", "UTF-8"),
    Refusal(
        "half a character", b'{"name": "refused", "tags": {"team": "\\ud83d"}}', 400, "/tags/team", "Correct the text"
    ),
    Refusal("half a character in a key", b'{"name": "refused", "\\udc00": 1}', 400, "", "Correct the key"),
    Refusal("a raw control character", b'{"name": "ref\x00used"}', 400, ""),
    Refusal("NUL in a name", spec(name="ref\x00used"), 422, "/name"),
    Refusal("a line break after a name", spec(name="refused\n"), 422, "/name"),
    Refusal("an emoji as a name", spec(name="🏦"), 422, "/name"),
    Refusal("text that turns around", spec(name="refused\u202ea"), 422, "/name"),
    Refusal("other digits", spec(version="１.３５"), 422, "/version"),  # noqa: RUF001 - what the row is about
    Refusal("NUL in a tag", spec(tags={"team": "a\x00b"}), 422, "/tags/team"),
    Refusal("NUL in a tag's key", spec(tags={"te\x00am": "a"}), 422, "/tags/te\x00am"),
    Refusal(
        "NUL in a user name",
        spec(accessEntries=[{"principalArn": ROLE, "username": "a\x00"}]),
        422,
        "/accessEntries/0/username",
    ),
    # Numbers
    Refusal("a number of many digits", sizes(1, 1, 10**400), 422, "/nodegroups/0/scalingConfig/maxSize"),
    Refusal("a number of too many digits", b'{"name": "refused", "version": ' + b"9" * 5_000 + b"}", 400, ""),
    Refusal("more than 64 bits", sizes(1, 1, 2**64), 422, "/nodegroups/0/scalingConfig/maxSize"),
    Refusal("more than 32 bits", sizes(1, 1, 2**31), 422, "/nodegroups/0/scalingConfig/maxSize"),
    Refusal("a number without end", b'{"name": "refused", "version": 1e999}', 400, "/version"),
    Refusal("NaN", spec(version=float("nan")), 400, "/version"),
    Refusal("Infinity", sizes(1, 1, float("inf")), 400, "/nodegroups/0/scalingConfig/maxSize"),
    Refusal("-Infinity", sizes(1, 1, float("-inf")), 400, "/nodegroups/0/scalingConfig/maxSize"),
    Refusal("a fraction", sizes(1, 1.5, 2), 422, "/nodegroups/0/scalingConfig/desiredSize"),
    Refusal("a whole number with a point", sizes(1, 1.0, 2), 422, "/nodegroups/0/scalingConfig/desiredSize"),
    Refusal("an exponent", group(diskSize=0).replace(b"0}", b"2e1}"), 422, "/nodegroups/0/diskSize"),
    Refusal("negative zero", group(diskSize=0).replace(b"0}", b"-0}"), 422, "/nodegroups/0/diskSize"),
    Refusal("negative zero with a point", sizes(-0.0, 1, 2), 422, "/nodegroups/0/scalingConfig/minSize"),
    Refusal("a negative size", sizes(-1, 1, 2), 422, "/nodegroups/0/scalingConfig/minSize"),
    Refusal("hexadecimal", b'{"name": "refused", "version": 0x10}', 400, ""),
    Refusal("a leading zero", b'{"name": "refused", "version": 01}', 400, ""),
    # Wrong types, level by level
    Refusal("null for a name", spec(name=None), 422, "/name"),
    Refusal("a number for a name", spec(name=1), 422, "/name"),
    Refusal("true for a name", spec(name=True), 422, "/name"),
    Refusal("a list for a name", spec(name=["refused"]), 422, "/name"),
    Refusal("an object for a list", spec(nodegroups={}), 422, "/nodegroups"),
    Refusal("a string for a list", spec(nodegroups="general"), 422, "/nodegroups"),
    Refusal("null in a list", spec(nodegroups=[None]), 422, "/nodegroups/0"),
    Refusal("a list in a list", spec(nodegroups=[[]]), 422, "/nodegroups/0"),
    Refusal("names for objects", spec(addons=["coredns"]), 422, "/addons/0"),
    Refusal("a list for an object", spec(resourcesVpcConfig=[]), 422, "/resourcesVpcConfig"),
    Refusal("a string for a list of strings", vpc(subnetIds="subnet-01234567"), 422, "/resourcesVpcConfig/subnetIds"),
    Refusal("a number in a list of strings", vpc(subnetIds=[1, 2]), 422, "/resourcesVpcConfig/subnetIds/0"),
    Refusal("a number for true", vpc(endpointPublicAccess=1), 422, "/resourcesVpcConfig/endpointPublicAccess"),
    Refusal(
        "true for a number",
        group(scalingConfig={"minSize": True, "maxSize": 2, "desiredSize": 1}),
        422,
        "/nodegroups/0/scalingConfig/minSize",
    ),
    Refusal("a string for a number", sizes("1", 1, 2), 422, "/nodegroups/0/scalingConfig/minSize"),
    Refusal("null for a number", sizes(None, 1, 2), 422, "/nodegroups/0/scalingConfig/minSize"),
    Refusal("a list for a map", group(labels=["tier"]), 422, "/nodegroups/0/labels"),
    Refusal("a number in a map", group(labels={"tier": 1}), 422, "/nodegroups/0/labels/tier"),
    Refusal("an object in a map", spec(tags={"team": {}}), 422, "/tags/team"),
    Refusal(
        "a list for settings",
        spec(addons=[{"addonName": "a", "configurationValues": []}]),
        422,
        "/addons/0/configurationValues",
    ),
    Refusal("an empty object in a list", group(taints=[{}]), 422, "/nodegroups/0/taints/0/key"),
    Refusal(
        "another case of a choice", group(capacityType="spot"), 422, "/nodegroups/0/capacityType", "Did you mean SPOT?"
    ),
    # Depth
    Refusal("lists in lists", b'{"name": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400, ""),
    Refusal("objects in objects", _nested(10_000, "").encode(), 400, ""),
    Refusal("brackets without end", b"[" * 60_000, 400, ""),
    Refusal(
        "deep settings",
        spec(addons=[{"addonName": "a", "configurationValues": json.loads(_nested(40, "a"))}]),
        400,
        "/addons/0/configurationValues" + "/a" * 30,
    ),
    # Keys
    Refusal("a key twice", b'{"name": "refused", "name": "accepted"}', 400, "", "Keep one of the two"),
    Refusal("a key twice with one value", b'{"name": "refused", "name": "refused"}', 400, "", "Keep one of the two"),
    Refusal(
        "a key twice further in", b'{"name": "refused", "tags": {"a": "1", "a": "1"}}', 400, "", "Keep one of the two"
    ),
    Refusal("a key twice in other spellings", b'{"name": "refused", "n\\u0061me": "refused"}', 400, "", "Keep one"),
    Refusal("__proto__", b'{"name": "refused", "__proto__": {"admin": true}}', 422, "/__proto__"),
    Refusal("__class__", spec(__class__="ClusterSpec"), 422, "/__class__"),
    Refusal("constructor", spec(constructor={"prototype": {}}), 422, "/constructor"),
    Refusal("self", spec(self=1), 422, "/self"),
    Refusal("an empty key", spec(**{"": 1}), 422, "/"),
    Refusal("a slash in a key", spec(**{"a/b": 1}), 422, "/a~1b"),
    Refusal("a tilde in a key", spec(**{"a~b": 1}), 422, "/a~0b"),
    Refusal("an escape in a key", spec(**{"~1": 1}), 422, "/~01"),
    Refusal("brackets in a key", spec(**{"[key]": 1}), 422, "/[key]"),
    Refusal("brackets in a map's key", spec(tags={"[key]": "a"}), 422, "/tags/[key]"),
    Refusal("a number below brackets in a map", group(labels={"[key]": 1}), 422, "/nodegroups/0/labels/[key]"),
    Refusal("brackets in a key further in", group(**{"[key]": 1}), 422, "/nodegroups/0/[key]"),
    Refusal("$ref", spec(**{"$ref": "#/nodegroups"}), 422, "/$ref"),
    Refusal("a reserved tag", spec(tags={"aws:team": "a"}), 422, "/tags/aws:team"),
    # Much of it
    Refusal("a very long name", spec(name="a" * 60_000), 422, "/name"),
    Refusal("a very long ARN", spec(roleArn="arn:aws:iam::000000000000:role/" + "a/" * 20_000), 422, "/roleArn"),
    Refusal("a very long key", spec(**{"a" * 60_000: 1}), 422, "/" + "a" * 60_000),
    Refusal("very many fields", b"{" + b",".join(b'"%x":0' % n for n in range(6_000)) + b"}", 422, "/name"),
    Refusal("very many node groups", spec(nodegroups=[{}] * 10_000), 422, "/nodegroups/0/nodegroupName"),
    Refusal("very many numbers that are none", b'{"name": [' + b"NaN," * 10_000 + b"NaN]}", 400, "/name/0"),
    Refusal("very many add-ons", spec(addons=[{"addonName": f"{n:x}"} for n in range(2_800)]), 413, ""),
]
"""Whatever else may come: wrong types, numbers, characters, depth, keys, amounts."""
