"""Rules about logs and settings of the control plane."""

from collections.abc import Iterator

from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.common import repeated, twice, wrong
from lambdas.domain.spec import ClusterSpec


def each_log_type_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """A log type in two entries would be both on and off, or be said twice."""
    setups = enumerate(spec.logging.clusterLogging)
    named = [(entry, place, log_type) for entry, setup in setups for place, log_type in enumerate(setup.types)]
    for index in repeated([log_type for _, _, log_type in named]):
        entry, place, log_type = named[index]
        yield wrong(
            ("logging", "clusterLogging", entry, "types", place),
            f"types names {log_type!r}, which an earlier entry of clusterLogging names too.",
            "Name each log type in one entry only.",
        )


def ports_in_order(spec: ClusterSpec) -> Iterator[FieldError]:
    """A range has its first port first."""
    config = spec.kubeApiServerConfig
    ports = None if config is None else config.serviceNodePortRange
    if ports is not None and ports.minPort > ports.maxPort:
        yield wrong(
            ("kubeApiServerConfig", "serviceNodePortRange", "minPort"),
            f"minPort {ports.minPort} is above maxPort {ports.maxPort}.",
            "Give the lower port as minPort.",
        )


def each_resource_weighted_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """A resource has one weight."""
    if spec.kubeSchedulerConfig is None:
        return
    weights = spec.kubeSchedulerConfig.nodeResourcesFit.scoringStrategy.resources
    path = ("kubeSchedulerConfig", "nodeResourcesFit", "scoringStrategy", "resources")
    yield from twice(path, [weight.name for weight in weights], "name")


CONTROL_PLANE_RULES = (each_log_type_once, ports_in_order, each_resource_weighted_once)
