"""The demo from its beginning to its end; the exit code is 0 if all went as it should."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sandbox.demo import day, night
from sandbox.demo.stage import sandbox
from sandbox.demo.telling import DemoFailed, Person, say


def main() -> int:
    """Run the demo: 0 if the cluster is as its spec says, sleeps when its calendar says, and wakes."""
    try:
        with tempfile.TemporaryDirectory(prefix="slipway-demo-") as directory, sandbox(Path(directory)) as health:
            person = Person(health)
            day.provision(person)
            night.fall_asleep(person, Path(directory))
            night.wake(person)
            say(f"That was a model of EKS, {health['speed']:g} times as fast; `make sandbox` runs one that stays.")
    except DemoFailed as failure:
        sys.stderr.write(f"\nThe demo failed: {failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nThe demo was interrupted; nothing is left of it.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
