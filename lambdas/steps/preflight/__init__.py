"""What is checked before a run starts, in the request: each fact is asked of AWS once, and the domain judges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lambdas.domain.preflight.versions import version_errors
from lambdas.steps.preflight import addons, keys, network, quotas, roles, templates
from lambdas.steps.preflight.asking import answers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.preflight.versions import OfferedVersion
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import ClusterSpec
    from lambdas.steps.preflight.asking import Question

_SUBJECTS: Final = (network, roles, templates, addons, keys, quotas)


def examine(
    aws: Aws, spec: ClusterSpec, sent: Sent, offered: Sequence[OfferedVersion], before: ClusterSpec | None
) -> tuple[FieldError, ...]:
    """Everything in which a concrete spec cannot work; empty if nothing is known against it.

    ``offered`` are the versions that EKS offers; ``before`` is the spec in whose place this one comes, if it does.
    Nothing is changed. Raises what a call can raise.
    """
    wrong_versions = tuple(version_errors(spec, sent, offered, before))
    known_version = any(it.version == spec.version for it in offered)
    return (*wrong_versions, *answers(aws, _questions(spec, sent, known_version=known_version)))


def _questions(spec: ClusterSpec, sent: Sent, *, known_version: bool) -> Iterator[Question]:
    """Which add-ons there are depends on the version, and says nothing where that is wrong."""
    for subject in _SUBJECTS:
        if subject is not addons or known_version:
            yield from subject.questions(spec, sent)
