"""Deterministic ``clientRequestToken``s: the same request carries the same token, whoever sends it again."""

import hashlib
import json
from collections.abc import Mapping


def request_token(cluster: str, resource: str, request: Mapping[str, object], *, remade: int = 0) -> str:
    """A token for one mutating EKS call: 64 hexadecimal characters (EKS takes 33 to 126).

    The content is part of it, so that a changed request never meets the answer of an older one. ``remade``
    counts how often the resource was deliberately made anew: without it, creating after a deletion would be
    answered by the replay of the first creation.
    """
    content = json.dumps([cluster, resource, request, remade], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()
