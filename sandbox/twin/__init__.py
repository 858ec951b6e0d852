"""The EKS twin: a model of the EKS control plane. docs/twin.md tells what it models and where that was learned."""

from sandbox.twin.twin import OPERATIONS, Twin
from sandbox.twin.wire import HttpRequest, HttpResponse

__all__ = ["OPERATIONS", "HttpRequest", "HttpResponse", "Twin"]
