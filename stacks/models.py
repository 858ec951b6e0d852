"""What botocore has to read before a client's first call, without what no function needs of it.

Most of a cold start with botocore as it comes is the parsing of JSON: the endpoints of some three hundred services, and
models of which most is documentation. Operations, shapes, endpoint rules, paginators and waiters stay as they are.
"""

from __future__ import annotations

import gzip
import json
import shutil
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_COMPACT: Final = (",", ":")
_MODEL: Final = "service-2.json.gz"
_ENDPOINTS: Final = "endpoints.json"


def prune(data: Path, services: Collection[str]) -> None:
    """Leave in botocore's folder of data the newest models of these services, undocumented, and their endpoints."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    prefixes = {_shorten(data / service) for service in services}
    endpoints = data / _ENDPOINTS
    _write(endpoints, endpoints_of(prefixes, json.loads(endpoints.read_bytes())))


def undocumented(model: Any) -> Any:  # noqa: ANN401 -- JSON
    """The model without its documentation, which is text; a member of that name is an object, and stays."""
    if isinstance(model, dict):
        return {
            name: undocumented(value)
            for name, value in model.items()
            if not (name == "documentation" and isinstance(value, str))
        }
    return [undocumented(element) for element in model] if isinstance(model, list) else model


def endpoints_of(prefixes: Collection[str], endpoints: dict[str, Any]) -> dict[str, Any]:
    """The endpoints of the services that go by these names there, in every partition."""
    partitions = [
        {**partition, "services": {name: it for name, it in partition["services"].items() if name in prefixes}}
        for partition in endpoints["partitions"]
    ]
    return {**endpoints, "partitions": partitions}


def _shorten(service: Path) -> str:
    """Leave the newest version of the API, which is the one that clients take; answer its name among endpoints."""
    *older, newest = sorted(service.iterdir())
    for version in older:
        shutil.rmtree(version)
    for examples in newest.glob("examples-*"):
        examples.unlink()
    compressed = newest / _MODEL
    model = undocumented(json.loads(gzip.decompress(compressed.read_bytes())))
    compressed.unlink()
    _write(compressed.with_suffix(""), model)  # the zip compresses, too
    prefix: str = model["metadata"]["endpointPrefix"]
    return prefix


def _write(file: Path, document: object) -> None:
    """Anew and not over what is there: uv may have linked that to its cache."""
    file.unlink(missing_ok=True)
    file.write_text(json.dumps(document, separators=_COMPACT))
