"""Closes: MiniStack's volumes tell the machine's time, while clusters live at `SANDBOX_SPEED`.

Whoever asks whether a volume is older than a cluster would hear that all are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import ec2

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.clock import Clock

    Handler = Callable[[Any], Any]


def install(clock: Clock) -> None:
    """Put a wrapper in the place of MiniStack's CreateVolume."""
    actions: dict[str, Handler] = ec2._ACTION_MAP  # noqa: SLF001 - its table of actions
    actions["CreateVolume"] = _creating(actions["CreateVolume"], clock)


def _creating(create: Handler, clock: Clock) -> Handler:
    def create_volume(params: Any) -> Any:  # noqa: ANN401 - MiniStack's form fields and response
        before = set(ec2._volumes)  # noqa: SLF001 - its store
        answer = create(params)
        for name in set(ec2._volumes) - before:  # noqa: SLF001 - actions run one at a time
            volume = ec2._volumes[name]  # noqa: SLF001
            volume["CreateTime"] = f"{clock.now():%Y-%m-%dT%H:%M:%S.000Z}"
            return ec2._xml(200, "CreateVolumeResponse", ec2._volume_inner_xml(volume))  # noqa: SLF001
        return answer

    return create_volume
