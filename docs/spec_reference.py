"""The text of docs/spec.md, the reference of the cluster spec, out of the spec itself."""

import json
from collections.abc import Iterator, Mapping
from typing import Literal, get_args, get_origin

import msgspec

from lambdas.domain.constraints import GREATEST_INTEGER, Cidr, Doc, JsonText, Length, Pattern, Range
from lambdas.domain.coverage import DERIVED, NOT_OFFERED, SHAPES
from lambdas.domain.spec.fields import FieldFacts, bare, classes, fields_of, inner_class

INTRODUCTION = """\
# The cluster spec

<!-- Written by `make docs` from lambdas/domain/spec. Do not edit by hand. -->

This is what a user sends to `POST /clusters`, and to `PUT /clusters/{name}` for a cluster that is known, as JSON;
`slipway` reads it from YAML too. The members are EKS's own, with EKS's meaning; the few that are not EKS's say so.
Only `name` is required. Ready-made specs are in [examples/](../examples).

The same in JSON Schema is [spec.schema.json](spec.schema.json). An editor that knows the YAML language server completes
and judges a spec by it once the file has the line `# yaml-language-server: $schema=` with the schema's path, as the
examples have; `slipway schema` prints the schema of the Slipway that it talks to. Rules that compare values, such as
`minSize` and `maxSize`, are beyond a schema: `slipway plan` tells those.

Four rules explain the defaults:

- **What is left out has the default a careful engineer would pick**, not always EKS's own: the private endpoint is on
  and the public one off, all five control plane logs are on, deletion protection is on, the support type is STANDARD.
  The stored spec has every default written out, so a plan shows it.
- **A list that is given replaces its default**: with `logging`, the log types it does not name are off, as in EKS. The
  one exception is `addons`.
- **The default add-ons are always there.** `addons` adds to vpc-cni, kube-proxy, coredns and eks-pod-identity-agent,
  or gives settings for them. One that is not wanted is named in `omitDefaultAddons`.
- **Nothing is opened to the whole internet by silence.** The public endpoint needs `publicAccessCidrs`, and 0.0.0.0/0
  or ::/0 there (in one block or in several) also needs `allowPublicAccessFromAnywhere: true`. SSH access needs
  `sourceSecurityGroups`.

A spec that is not valid is refused with all its field errors at once, each with a JSON pointer and a remedy: first
those of single fields, then, when every field is right by itself, those between fields. Some limits are Slipway's and
not EKS's: 45 tags on a resource (AWS allows 50; Slipway keeps five for its own), 30 node groups in a cluster (EKS's
quota before it is raised), 64 KiB for a spec (128 KiB with its defaults written out), and launch template versions by
number only, as $Latest and $Default would make two runs of the same spec differ.
"""


def reference() -> str:
    """Answer the text of docs/spec.md."""
    derived = _members("Members of EKS that Slipway fills in", "What it is", DERIVED)
    not_offered = _members("Members of EKS that cannot be given", "Why", NOT_OFFERED)
    return "\n".join([INTRODUCTION, *(_section(cls) for cls in classes()), derived, not_offered])


def _section(cls: type) -> str:
    shapes = " and ".join(f"`{shape}`" for shape in SHAPES.get(cls, ()))
    origin = f" EKS: {shapes}." if shapes else " Not a shape of EKS."
    head = "| Member | Type | Default | Meaning | Example |\n|---|---|---|---|---|"
    rows = "\n".join(_row(field) for field in fields_of(cls))
    return f"## {cls.__name__}\n\n{cls.__doc__}{origin}\n\n{head}\n{rows}\n"


def _row(field: FieldFacts) -> str:
    doc = field.doc
    if not isinstance(doc, Doc):
        raise TypeError(f"The field {field.name} has no Doc: add one to its annotation.")
    example = f"`{json.dumps(doc.example)}`"
    cells = (f"`{field.name}`", _type(field), _default(field, doc), doc.text, example)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(field: FieldFacts, doc: Doc) -> str:
    if field.required:
        return "**required**"
    if doc.absent:
        return doc.absent
    if inner_class(field.type) is not None and not isinstance(field.default, tuple):
        return "none" if field.default is None else "see its members" if _is_plain(field) else _json(field.default)
    return _json(field.default)


def _is_plain(field: FieldFacts) -> bool:
    """Answer whether a field's default is what its class is when nothing is given."""
    inner = inner_class(field.type)
    return inner is not None and not any(member.required for member in fields_of(inner)) and field.default == inner()


def _json(value: object) -> str:
    given = {key: member for key, member in value.items() if member is not None} if isinstance(value, dict) else value
    return "none" if given in (None, (), {}) else f"`{json.dumps(_without_none(msgspec.to_builtins(given)))}`"


def _without_none(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_none(member) for key, member in value.items() if member is not None}
    return [_without_none(member) for member in value] if isinstance(value, (list, tuple)) else value


def _type(field: FieldFacts) -> str:
    return ", ".join([_kind(field.type), *_limits(field)])


def _kind(hint: object) -> str:
    inner = inner_class(hint)
    hint = bare(hint)
    if get_origin(hint) is tuple:
        return f"list of {_kind(get_args(hint)[0])}"
    if inner is not None:
        return f"[{inner.__name__}](#{inner.__name__.lower()})"
    if get_origin(hint) is Mapping:
        return "map of strings"
    if get_origin(hint) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(hint))
    return {str: "string", int: "whole number", bool: "true or false"}[hint]  # type: ignore[index] # nothing else is used


def _limits(field: FieldFacts) -> Iterator[str]:
    for note in field.notes:
        if isinstance(note, Range):
            endless = note.greatest == GREATEST_INTEGER
            yield f"{note.least} or more" if endless else f"{note.least} to {note.greatest}"
        elif isinstance(note, Length) and note.greatest is not None:
            yield f"at most {note.greatest}{' characters' if field.type is str else ''}"
        elif isinstance(note, Pattern):
            yield note.meaning
        elif isinstance(note, Cidr):
            yield "a CIDR block"
        elif isinstance(note, JsonText):
            yield "or an object"


def _members(title: str, column: str, table: Mapping[str, Mapping[str, str]]) -> str:
    rows = "\n".join(
        f"| `{shape}.{member}` | {reason[0].upper()}{reason[1:]}. |"
        for shape, members in table.items()
        for member, reason in members.items()
    )
    return f"## {title}\n\n| Member | {column} |\n|---|---|\n{rows}\n"
