"""What moto and botocore work out anew for every call, though it comes out the same: here they do it once a process.

Nothing here changes an answer: these are memories of pure functions, and shorter ways to the same text.
"""

from __future__ import annotations

import string
from contextlib import ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.loaders import create_loader
from moto import backend_index
from moto.core import botocore_stubber
from moto.core.base_backend import BaseBackend
from moto.core.serialize import BaseJSONSerializer, ResponseSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import Node  # type: ignore[attr-defined] # its base has no types
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined] # its base has no types
from moto.kms.utils import generate_private_key
from moto.moto_api._internal.moto_random import MotoRandom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.loaders import Loader

_backend_urls: Callable[[BaseBackend], Any] = BaseBackend.urls.fget  # type: ignore[attr-defined] # a property
_serialize_structure = BaseJSONSerializer._serialize_type_structure
_get_any_value = ResponseSerializer.get_value
_models: dict[Any, Any] = {}
_known_urls: dict[type[BaseBackend], dict[str, Any]] = {}


def new_session(region: str) -> boto3.session.Session:
    """A session for clients in this process, where nobody reads signatures and who is asking."""
    inner = botocore.session.get_session()
    inner.set_default_client_config(Config(signature_version=UNSIGNED, user_agent="tests"))
    return boto3.session.Session("id", "secret", region_name=region, botocore_session=inner)


@contextmanager
def remembering() -> Iterator[None]:
    """For a while, moto and botocore remember what they have worked out."""
    patterns = [
        (service, SimpleNamespace(match=cache(pattern.match)))
        for service, pattern in backend_index.backend_url_patterns
    ]
    patches = (
        # A client's models are megabytes of JSON, which every session would read and parse for itself.
        mock.patch("botocore.session.create_loader", _create_loader),
        # Which service a request is for is tried out with some 140 regular expressions.
        mock.patch.object(botocore_stubber, "backend_index", SimpleNamespace(backend_url_patterns=patterns)),
        mock.patch.object(BaseBackend, "urls", property(_urls)),
        mock.patch("moto.core.responses.method_names_from_class", cache(method_names_from_class)),
        # Whoever changes a parsed expression copies it first.
        mock.patch.object(UpdateExpressionParser, "make", cache(UpdateExpressionParser.make)),
        mock.patch.object(ResponseSerializer, "get_value", _get_value),
        mock.patch.object(BaseJSONSerializer, "_serialize_type_structure", _serialize_type_structure),
        # What is copied before each change is either never changed in place, or knows itself what it is made of.
        mock.patch.object(DynamoType, "__deepcopy__", _copy_value),
        mock.patch.object(Item, "__deepcopy__", _copy_item),
        mock.patch.object(Node, "__deepcopy__", _copy_node, create=True),
        # Nobody encrypts anything with the keys.
        mock.patch("moto.kms.models.generate_private_key", cache(generate_private_key)),
        mock.patch.object(MotoRandom, "get_random_string", _get_random_string),
    )
    with ExitStack() as stack:
        for patch in patches:
            stack.enter_context(patch)
        yield


def _create_loader(search_path_string: str | None = None) -> Loader:
    """A loader that has what others have loaded before."""
    loader = create_loader(search_path_string)
    assert not search_path_string
    loader._cache = _models  # type: ignore[attr-defined] # its instance_cache
    return loader


def _urls(self: BaseBackend) -> dict[str, Any]:
    """The addresses of a service; they are the same for each of its backends."""
    if type(self) not in _known_urls:
        _known_urls[type(self)] = _backend_urls(self)
    return _known_urls[type(self)]


def _get_value(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:  # noqa: ANN401 -- moto's own
    """moto tries many names for each member of a DynamoDB structure, which are all there under their own or not."""
    if isinstance(value, dict) and self.operation_model.service_model.service_name == "dynamodb":
        return value.get(key)
    return _get_any_value(self, value, key, shape)


def _serialize_type_structure(
    self: BaseJSONSerializer,
    serialized: Any,  # noqa: ANN401 -- moto's own
    value: Any,  # noqa: ANN401 -- moto's own
    shape: Any,  # noqa: ANN401 -- moto's own
    key: str,
) -> None:
    """moto keeps a value of a DynamoDB item in the form in which it is sent, and tries all types for each of them."""
    if shape.name == "AttributeValue" and not value.keys() & {"B", "BS"}:
        self._default_serialize(serialized, value, shape, key)
    else:
        _serialize_structure(self, serialized, value, shape, key)


def _copy_value(self: DynamoType, _memo: object = None) -> DynamoType:
    """Only maps, lists and sets are ever changed in place."""
    if not isinstance(self.value, dict | list):
        return self
    made = DynamoType.__new__(DynamoType)
    made.type = self.type
    if self.is_set():
        made.value = list(self.value)
    elif isinstance(self.value, dict):
        made.value = {key: _copy_value(value) for key, value in self.value.items()}
    else:
        made.value = [_copy_value(value) for value in self.value]
    return made


def _copy_item(self: Item, _memo: object) -> Item:
    made = cast("Item", Item.__new__(Item))
    made.hash_key, made.range_key = self.hash_key, self.range_key  # keys are texts
    made.attrs = LimitedSizeDict()
    for key, value in self.attrs.items():
        dict.__setitem__(made.attrs, key, _copy_value(value))  # its own weighs the whole item each time
    return made


def _copy_node(self: Any, _memo: object = None) -> Any:  # noqa: ANN401 -- moto's parser has no types
    """A parsed expression is a tree of nodes over texts and numbers."""
    made = object.__new__(type(self))
    vars(made).update(vars(self))
    if self.children is not None:
        made.children = [_copy_node(it) if isinstance(it, Node) else it for it in self.children]
        for child in made.children:
            if isinstance(child, Node):
                child.parent = made
    return made


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
