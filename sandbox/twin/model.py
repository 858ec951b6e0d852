"""botocore's service models, loaded once: the only description of the wire protocol that the twin has."""

from __future__ import annotations

from functools import cache

from botocore.loaders import Loader
from botocore.model import ServiceModel

EKS = "eks"
AUTOSCALING = "autoscaling"
SERVICE_QUOTAS = "service-quotas"


@cache
def service_model(service: str) -> ServiceModel:
    """Return the model of `service` as the installed botocore describes it."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def enum_of(service: str, shape: str) -> frozenset[str]:
    """Return the values that the string shape `shape` may take."""
    return frozenset(service_model(service).shape_for(shape).metadata["enum"])
