"""What moto and botocore work out anew for every call, though it comes out the same: here they do it once a process.

Nothing here changes an answer: these are memories of pure functions, and shorter ways to the same text.
"""

from __future__ import annotations

import string
import threading
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.hooks import EVENT_ALIASES, EventAliaser
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.parsers import BaseJSONParser
from moto import backend_index
from moto.core import botocore_stubber
from moto.core.base_backend import BaseBackend
from moto.core.config import passthrough_url
from moto.core.utils import method_names_from_class
from moto.kms.utils import generate_private_key
from moto.moto_api._internal.moto_random import MotoRandom

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

    from botocore.loaders import Loader

_backend_urls: Callable[[BaseBackend], Any] = BaseBackend.urls.fget  # type: ignore[attr-defined] # a property
_models: dict[Any, Any] = {}
_any_alias = EventAliaser._alias_event_name  # type: ignore[attr-defined] # its own
_parse_structure = BaseJSONParser._handle_structure  # type: ignore[attr-defined] # the stubs leave it out
_remembered = ExitStack()
_known_services: dict[str, tuple[dict[str, Any], ServiceModel]] = {}
_known_events: dict[str, str] = {}
_asked = threading.local()
_known_urls: dict[type[BaseBackend], dict[str, Any]] = {}


def new_session(region: str) -> boto3.session.Session:
    """A session for clients in this process, where nobody reads signatures and who is asking."""
    inner = botocore.session.get_session()
    inner.set_default_client_config(Config(signature_version=UNSIGNED, user_agent="tests"))
    return boto3.session.Session("id", "secret", region_name=region, botocore_session=inner)


@contextmanager
def remembering() -> Iterator[None]:
    """For a while, moto and botocore remember what they have worked out."""
    _remember()
    try:
        yield
    finally:
        _remembered.close()


@contextmanager
def forgetting() -> Iterator[None]:
    """Meanwhile, they are for a while as they come."""
    _remembered.close()
    try:
        yield
    finally:
        _remember()


def _remember() -> None:
    patches = (
        # A client's models are megabytes of JSON, which every session would read and parse for itself.
        mock.patch("botocore.session.create_loader", _create_loader),
        mock.patch("botocore.client.ServiceModel", _service_model),
        # A value of an item is one of ten kinds, each of which would be looked for.
        mock.patch.object(BaseJSONParser, "_handle_structure", _handle_structure),
        # Every client makes the names of its events for itself.
        mock.patch.object(EventAliaser, "_alias_event_name", _alias_event_name),
        # Which service a request is for is tried out with some 140 regular expressions.
        mock.patch.object(botocore_stubber, "backend_index", _Patterns()),
        mock.patch.object(botocore_stubber, "passthrough_url", _passthrough_url),
        mock.patch.object(BaseBackend, "urls", property(_urls)),
        mock.patch("moto.core.responses.method_names_from_class", cache(method_names_from_class)),
        # Nobody encrypts anything with the keys.
        mock.patch("moto.kms.models.generate_private_key", cache(generate_private_key)),
        mock.patch.object(MotoRandom, "get_random_string", _get_random_string),
    )
    for patch in patches:
        _remembered.enter_context(patch)


def _create_loader(search_path_string: str | None = None) -> Loader:
    """A loader that has what others have loaded before."""
    loader = create_loader(search_path_string)
    assert not search_path_string
    loader._cache = _models  # type: ignore[attr-defined] # its instance_cache
    return loader


def _service_model(description: dict[str, Any], service_name: str) -> ServiceModel:
    """What clients of a service know of it, with all shapes that any of them has looked up.

    Another loader than the last one's has read another description, of which it knows nothing yet.
    """
    known, model = _known_services.get(service_name, (None, None))
    if model is None or known is not description:
        model = ServiceModel(description, service_name=service_name)
        _known_services[service_name] = (description, model)
    return model


def _handle_structure(self: BaseJSONParser, shape: Any, value: Any) -> Any:  # noqa: ANN401 -- botocore's own
    if shape.name != "AttributeValue" or len(value) != 1:
        return _parse_structure(self, shape, value)
    ((kind, content),) = value.items()
    return {kind: self._parse_shape(shape.members[kind], content)}  # type: ignore[attr-defined] # the stubs leave it out


def _alias_event_name(self: EventAliaser, event_name: str) -> str:
    """The name under which an event is known; there is one list of aliases."""
    if event_name not in _known_events:
        assert self._event_aliases == EVENT_ALIASES  # type: ignore[attr-defined] # its own
        _known_events[event_name] = _any_alias(self, event_name)
    return _known_events[event_name]


def _passthrough_url(clean_url: str) -> bool:
    """moto asks this of each address just before it looks through the patterns."""
    _asked.url = clean_url
    return passthrough_url(clean_url)


class _Patterns:
    """In the place of moto's list of patterns: those that match what was asked for."""

    @property
    def backend_url_patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return _matching(_asked.url)


@lru_cache(maxsize=10_000)
def _matching(clean_url: str) -> list[tuple[str, re.Pattern[str]]]:
    return [it for it in backend_index.backend_url_patterns if it[1].match(clean_url)]


def _urls(self: BaseBackend) -> dict[str, Any]:
    """The addresses of a service; they are the same for each of its backends."""
    if type(self) not in _known_urls:
        _known_urls[type(self)] = _backend_urls(self)
    return _known_urls[type(self)]


def _get_random_string(
    self: MotoRandom,
    length: int = 20,
    include_digits: bool = True,  # noqa: FBT001, FBT002 -- moto's own
    lower_case: bool = False,  # noqa: FBT001, FBT002 -- moto's own
) -> str:
    """moto draws each letter of a request's id by itself."""
    pool = string.ascii_letters + string.digits * include_digits
    drawn = "".join(self.choices(pool, k=length))
    return drawn.lower() if lower_case else drawn
