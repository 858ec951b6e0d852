from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain.completion import completed
from lambdas.domain.passable import not_allowed
from lambdas.domain.spec import (
    Addon,
    AddonPodIdentityAssociation,
    ClusterSpec,
    EncryptionConfig,
    Nodegroup,
    PodIdentityAssociation,
    Provider,
    to_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambdas.domain.refusal import FieldError

ROLES = ["arn:aws:iam::123456789012:role/platform/*", "arn:aws:iam::123456789012:role/eks-admin"]
KEYS = ["arn:aws:kms:eu-central-1:123456789012:key/*"]
GOOD = "arn:aws:iam::123456789012:role/platform/eks"
BAD = "arn:aws:iam::123456789012:role/Administrator"
GOOD_KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
BAD_KEY = "arn:aws:kms:eu-central-1:210987654321:key/1"


def naming(role: str, key: str) -> ClusterSpec:
    """A spec that names the role wherever a role can be named."""
    return ClusterSpec(
        name="bank",
        roleArn=role,
        nodegroups=(Nodegroup(nodegroupName="a"), Nodegroup(nodegroupName="b", nodeRole=role)),
        addons=(
            Addon(addonName="a", serviceAccountRoleArn=role),
            Addon(
                addonName="b",
                podIdentityAssociations=(AddonPodIdentityAssociation(serviceAccount="sa", roleArn=role),),
            ),
        ),
        podIdentityAssociations=(PodIdentityAssociation(namespace="n", serviceAccount="sa", roleArn=role),),
        encryptionConfig=(EncryptionConfig(provider=Provider(keyArn=key)),),
    )


def refusals(spec: ClusterSpec, roles: Sequence[str], keys: Sequence[str]) -> list[FieldError]:
    return list(not_allowed(spec, to_json(spec), roles, keys))


ROLE_PLACES = [
    "/roleArn",
    "/nodegroups/1/nodeRole",
    "/addons/0/serviceAccountRoleArn",
    "/addons/1/podIdentityAssociations/0/roleArn",
    "/podIdentityAssociations/0/roleArn",
]


@pytest.mark.parametrize(
    ("role", "key", "pointers"),
    [
        (GOOD, GOOD_KEY, []),
        (BAD, GOOD_KEY, ROLE_PLACES),
        (GOOD, BAD_KEY, ["/encryptionConfig/0/provider/keyArn"]),
        (BAD, BAD_KEY, [*ROLE_PLACES, "/encryptionConfig/0/provider/keyArn"]),
    ],
)
def test_every_place_that_names_a_role_or_a_key_is_looked_at(role: str, key: str, pointers: list[str]) -> None:
    assert [error.pointer for error in refusals(naming(role, key), ROLES, KEYS)] == pointers


def test_a_refusal_points_into_what_was_sent_though_completing_it_moves_add_ons() -> None:
    driver = Addon(addonName="aws-ebs-csi-driver", serviceAccountRoleArn=BAD)
    asked = ClusterSpec(name="bank", addons=(driver,))
    spec = completed(asked)
    assert spec.addons.index(driver) > 0
    (error,) = not_allowed(spec, to_json(asked), ROLES, KEYS)
    assert error.pointer == "/addons/0/serviceAccountRoleArn"


@pytest.mark.parametrize(
    ("arn", "allowed"),
    [
        (GOOD, True),
        ("arn:aws:iam::123456789012:role/platform/deeper/eks", True),
        ("arn:aws:iam::123456789012:role/eks-admin", True),
        ("arn:aws:iam::123456789012:role/eks-admin2", False),
        ("arn:aws:iam::123456789012:role/Platform/eks", False),
        ("arn:aws:iam::210987654321:role/platform/eks", False),
        ("arn:aws-cn:iam::123456789012:role/platform/eks", False),
        ("arn:aws:iam::123456789012:role/slipway/slipway-other-node", False),
        (BAD, False),
    ],
)
def test_patterns_are_matched_as_iam_matches_them(arn: str, allowed: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert (not refusals(ClusterSpec(name="bank", roleArn=arn), ROLES, KEYS)) is allowed


@pytest.mark.parametrize(("roles", "said"), [(ROLES, ROLES[0]), ([], "nothing yet")])
def test_a_refusal_says_what_may_be_used_and_whom_to_ask(roles: Sequence[str], said: str) -> None:
    (error,) = refusals(ClusterSpec(name="bank", roleArn=BAD), roles, KEYS)
    assert BAD in error.detail
    assert said in error.remedy
    assert "slipway:passableRoles" in error.remedy


def test_a_spec_that_names_nothing_needs_nobodys_leave() -> None:
    assert refusals(ClusterSpec(name="bank", nodegroups=(Nodegroup(nodegroupName="a"),)), [], []) == []
