from __future__ import annotations

import pytest

from lambdas.domain.preflight.keys import Key, elsewhere, is_elsewhere, key_errors, missing_key
from tests.unit.domain.preflight.judging import pointers

ARN = "arn:aws:kms:eu-central-1:123456789012:key/1"
GOOD = Key(state="Enabled", usage="ENCRYPT_DECRYPT", spec="SYMMETRIC_DEFAULT")
NAMED = {"encryptionConfig": [{"provider": {"keyArn": ARN}}]}
PLACE = "/encryptionConfig/0/provider/keyArn"


@pytest.mark.parametrize(
    ("key", "count", "said"),
    [
        (GOOD, 0, ""),
        (Key(state="Disabled", usage=GOOD.usage, spec=GOOD.spec), 1, "Enable it"),
        (Key(state="PendingDeletion", usage=GOOD.usage, spec=GOOD.spec), 1, "cancel-key-deletion"),
        (Key(state="PendingImport", usage=GOOD.usage, spec=GOOD.spec), 1, "another key"),
        (Key(state="Enabled", usage="SIGN_VERIFY", spec="ECC_NIST_P256"), 1, "SYMMETRIC_DEFAULT"),
        (Key(state="Enabled", usage="ENCRYPT_DECRYPT", spec="RSA_2048"), 1, "SYMMETRIC_DEFAULT"),
        (Key(state="Disabled", usage="GENERATE_VERIFY_MAC", spec="HMAC_256"), 2, "Enable it"),
    ],
)
def test_eks_wants_a_key_that_is_enabled_and_symmetric(key: Key, count: int, said: str) -> None:
    errors = list(key_errors(ARN, key, NAMED))
    assert pointers(errors) == [PLACE] * count
    assert said in "".join(error.remedy for error in errors)


def test_a_key_that_the_user_did_not_name_is_told_where_another_could_be() -> None:
    (error,) = key_errors(ARN, Key(state="Disabled", usage=GOOD.usage, spec=GOOD.spec), {"name": "bank"})
    assert (error.pointer, ARN in error.detail) == ("/encryptionConfig", True)
    assert missing_key(ARN, {}).pointer == "/encryptionConfig"
    assert pointers([missing_key(ARN, NAMED)]) == [PLACE]


@pytest.mark.parametrize(("region", "outside"), [("eu-central-1", False), ("eu-west-1", True)])
def test_a_key_belongs_to_a_region(region: str, outside: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert is_elsewhere(ARN, region) is outside
    assert pointers([elsewhere(ARN, region)]) == [PLACE]
