"""Writes of this app: keeping counts, counting imports, running agreement."""

from metrics.services.requests import request_run
from metrics.services.targets import set_targets

__all__ = ["request_run", "set_targets"]
