"""Write the generated documents anew, or with ``--check`` say which are out of date.

Generated are ``docs/spec.md``, ``docs/spec.schema.json`` for editors, ``docs/events.md``, ``docs/failures.md`` and,
between the marks ``<!-- name -->`` and ``<!-- /name -->``, parts of others.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from docs import event_reference, failure_reference
from docs.diagrams import mermaid
from docs.spec_reference import reference
from lambdas.domain.admission import json_schema

ROOT = Path(__file__).parent.parent


def documents() -> dict[Path, str]:
    """Every generated document as it ought to be."""
    architecture = ROOT / "docs" / "architecture.md"
    text = architecture.read_text()
    for definition in sorted((ROOT / "statemachines").glob("*.asl.json")):
        name = definition.name.removesuffix(".asl.json")
        text = _between(text, name, f"```mermaid\n{mermaid(definition)}\n```")
    return {
        architecture: text,
        ROOT / "docs" / "events.md": event_reference.reference(),
        ROOT / "docs" / "failures.md": failure_reference.reference(),
        ROOT / "docs" / "spec.md": reference(),
        ROOT / "docs" / "spec.schema.json": f"{json.dumps(json_schema(), indent=2, ensure_ascii=False)}\n",
    }


def _between(text: str, name: str, part: str) -> str:
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"docs/architecture.md has no place for {name}: add <!-- {name} --> and <!-- /{name} -->.")
    return pattern.sub(lambda match: f"{match[1]}{part}\n{match[2]}", text)


def main(arguments: list[str]) -> int:
    """Write, or check: the exit code is 1 if a document is out of date."""
    stale = {path: text for path, text in documents().items() if not path.exists() or path.read_text() != text}
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is out of date: run make docs.\n")
        return int(bool(stale))
    for path, text in stale.items():
        path.write_text(text)
        sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
