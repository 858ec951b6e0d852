"""DescribeKey, for the key that will encrypt the cluster's secrets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lambdas.aws.errors import found
from lambdas.domain.preflight.keys import Key, elsewhere, is_elsewhere, key_errors, missing_key
from lambdas.steps.preflight.asking import unless_denied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.preflight.asking import Question


def questions(spec: ClusterSpec, sent: Sent) -> Iterator[Question]:
    """One for the key: the spec's, or Slipway's own."""
    for config in spec.encryptionConfig:
        yield partial(_errors, config.provider.keyArn, sent)


def _errors(arn: str, sent: Sent, aws: Aws) -> Iterable[FieldError]:
    region = aws.kms.meta.region_name
    if is_elsewhere(arn, region):
        return [elsewhere(arn, region)]
    return unless_denied(lambda: list(_found_errors(arn, sent, aws)), otherwise=[])


def _found_errors(arn: str, sent: Sent, aws: Aws) -> Iterable[FieldError]:
    answer = found(lambda: aws.kms.describe_key(KeyId=arn))
    if answer is None:
        return [missing_key(arn, sent)]
    said = answer["KeyMetadata"]
    key = Key(
        state=said.get("KeyState", ""),
        usage=said.get("KeyUsage", ""),
        spec=said.get("KeySpec") or said.get("CustomerMasterKeySpec", ""),
    )
    return key_errors(arn, key, sent)
