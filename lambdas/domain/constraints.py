"""What a value may be and what it means: metadata for the `Annotated[...]` fields of the spec.

The classes speak pydantic's protocol for annotations by duck typing, so that a Lambda function which only decodes a
stored spec never imports pydantic (it costs about 90 ms of a cold start).
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from lambdas.domain.frozen import dataclass

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"
SHOWN: Final = 60
"""So many characters of a wrong value are repeated to the user."""

JsonSchema: TypeAlias = "dict[str, JsonValue]"
CoreSchema: TypeAlias = dict[str, object]
Handler: TypeAlias = Callable[[object], CoreSchema]


def quoted(value: object) -> str:
    """Answer a value as an error shows it: whole if it is short, else how it begins."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class UnacceptableError(ValueError):
    """A value breaks a rule: what is wrong, and what to do about it, in words for a person."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Doc:
    """What a field is for.

    Attributes:
        text: One or two sentences for a person who knows EKS.
        example: A value as one would write it in JSON.
        absent: What leaving the field out means, where its default value does not say so by itself.
    """

    text: str
    example: JsonValue
    absent: str = ""

    def __get_pydantic_json_schema__(self, schema: object, handler: Handler) -> CoreSchema:
        """Put the text and the example into the JSON Schema."""
        absent = f" Left out: {self.absent}." if self.absent else ""
        return {**handler(schema), "description": self.text + absent, "examples": [self.example]}


class _Keywords:
    """Limits that pydantic itself knows how to enforce on the type they annotate, and that JSON Schema knows."""

    __slots__ = ()

    def keywords(self) -> CoreSchema:
        """Answer the keywords of pydantic's core schema."""
        return {}

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        """Put the limits into the annotated type's schema, which checks may surround."""
        return _limited(handler(source), self.keywords())


def _limited(schema: CoreSchema, keywords: CoreSchema) -> CoreSchema:
    inner = schema.get("schema")
    return {**schema, "schema": _limited(inner, keywords)} if isinstance(inner, dict) else {**schema, **keywords}


GREATEST_INTEGER: Final = 2**31 - 1
"""EKS's integers have 32 bits (Smithy's `Integer`, docs: smithy.io/2.0/spec/simple-types.html)."""


@dataclass(frozen=True, slots=True)
class Range(_Keywords):
    """A number from `least` to `greatest`, both included."""

    least: int
    greatest: int = GREATEST_INTEGER

    def keywords(self) -> CoreSchema:
        """Answer the limits of a number."""
        return {"ge": self.least, "le": self.greatest}


@dataclass(frozen=True, slots=True)
class Length(_Keywords):
    """A string, list or map of `least` to `greatest` characters, elements or keys; without `greatest`, no end."""

    least: int
    greatest: int | None = None

    def keywords(self) -> CoreSchema:
        """Answer the limits of a length."""
        least: CoreSchema = {"min_length": self.least}
        return least if self.greatest is None else {**least, "max_length": self.greatest}


@dataclass(frozen=True, slots=True)
class Distinct:
    """A list names nothing twice."""

    @staticmethod
    def check(values: tuple[str, ...]) -> tuple[str, ...]:
        """Answer the values themselves if they are distinct."""
        seen: set[str] = set()
        for value in values:
            if value in seen:
                raise UnacceptableError(f"{quoted(value)} is in the list twice.", "Name it once.")
            seen.add(value)
        return values

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        """Check the list after its elements."""
        function = {"type": "no-info", "function": self.check}
        return {"type": "function-after", "function": function, "schema": handler(source)}

    def __get_pydantic_json_schema__(self, schema: object, handler: Handler) -> CoreSchema:
        """Say it to an editor."""
        return {**handler(schema), "uniqueItems": True}


class Constraint:
    """A check of one string that tells a person what is wrong; subclasses say which."""

    __slots__ = ()

    def check(self, value: str) -> None:
        """Raise `UnacceptableError` if the value breaks the rule."""
        raise UnacceptableError(f"{quoted(value)} is not acceptable.", "Leave it out.")

    def keywords(self) -> CoreSchema:
        """Answer the JSON Schema keywords that say the same to an editor."""
        return {}

    def passed(self, value: str) -> str:
        """Answer the value itself if it passes the check."""
        self.check(value)
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        """Check the value after pydantic has found it to be a string."""
        function = {"type": "no-info", "function": self.passed}
        return {"type": "function-after", "function": function, "schema": handler(source)}

    def __get_pydantic_json_schema__(self, schema: object, handler: Handler) -> CoreSchema:
        """Put the rule into the JSON Schema."""
        return {**handler(schema), **self.keywords()}


@dataclass(frozen=True, slots=True)
class Pattern(Constraint):
    """The whole string matches a regular expression.

    Attributes:
        regex: Without anchors; in the part of the syntax that Python and ECMAScript share.
        meaning: What such a string is, with its article: "an IAM role ARN".
        example: One that is right.
        hint: What to know besides, as a sentence.
    """

    regex: str
    meaning: str
    example: str
    hint: str = ""

    def check(self, value: str) -> None:
        """Raise `UnacceptableError` unless the whole value matches."""
        if re.fullmatch(self.regex, value) is None:
            raise UnacceptableError(
                f"{quoted(value)} is not {self.meaning}.", f"Write it like {self.example}. {self.hint}".rstrip()
            )

    def keywords(self) -> CoreSchema:
        """Answer the expression with anchors, as JSON Schema does not imply them."""
        return {"pattern": f"^(?:{self.regex})$"}


@dataclass(frozen=True, slots=True)
class Cidr(Constraint):
    """A block of IP addresses in its canonical form, of a size between two prefix lengths.

    Attributes:
        longest: The longest prefix (the smallest block).
        shortest: The shortest prefix (the largest block).
        within: Blocks of which one must contain it; empty for no such rule.
        ipv6: Whether an IPv6 block is acceptable too; the sizes apply to IPv4 only.
        example: One that is right.
    """

    shortest: int
    longest: int
    within: tuple[str, ...]
    example: str
    ipv6: bool = False

    def check(self, value: str) -> None:
        """Raise `UnacceptableError` unless the value is such a block."""
        import ipaddress  # noqa: PLC0415 - only the door checks addresses; steps would pay for the import

        remedy = f"Write it like {self.example}."
        try:
            block = ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise UnacceptableError(f"{quoted(value)} is not a CIDR block.", remedy) from None
        if str(block) != value:
            raise UnacceptableError(f"{value!r} is not how the block {block} is written.", f"Write {block}.")
        if isinstance(block, ipaddress.IPv6Network):
            if not self.ipv6:
                raise UnacceptableError(f"{value!r} is an IPv6 block; only IPv4 is possible here.", remedy)
            return
        if not self.shortest <= block.prefixlen <= self.longest:
            sizes = f"/{self.shortest} and /{self.longest}"
            raise UnacceptableError(f"The block {value} is not of a size between {sizes}.", remedy)
        if self.within and not any(block.subnet_of(ipaddress.IPv4Network(outer)) for outer in self.within):
            raise UnacceptableError(f"The block {value} lies outside {', '.join(self.within)}.", remedy)

    def keywords(self) -> CoreSchema:
        """Answer the shape that an editor can check."""
        return {"pattern": "^[0-9A-Fa-f:.]+/[0-9]{1,3}$"}


@dataclass(frozen=True, slots=True)
class JsonText:
    """A string of JSON (or, where EKS takes it, YAML) that may also be given as an object.

    An object becomes its JSON text with sorted keys and no spaces, so that equal objects are equal strings.

    Attributes:
        json_only: Whether a string must be JSON; otherwise YAML is possible and any text is taken.
    """

    json_only: bool = False

    def text(self, value: object) -> object:
        """Answer an object's text; anything else is given back unchanged for pydantic to judge."""
        if isinstance(value, Mapping):
            return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if self.json_only and isinstance(value, str):
            self._require_json_object(value)
        return value

    @staticmethod
    def _require_json_object(value: str) -> None:
        try:
            is_object = isinstance(json.loads(value), dict)
        except ValueError:
            is_object = False
        if not is_object:
            raise UnacceptableError(
                "The text is not a JSON object.", "Give the document as an object, not as a string."
            )

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        """Turn an object into text before pydantic asks for a string."""
        function = {"type": "no-info", "function": self.text}
        return {"type": "function-before", "function": function, "schema": handler(source)}

    def __get_pydantic_json_schema__(self, schema: object, handler: Handler) -> CoreSchema:
        """Say that both forms are welcome."""
        return {"anyOf": [handler(schema), {"type": "object"}]}
