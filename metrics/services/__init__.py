"""Writes of this app: keeping counts, counting imports, running agreement."""

from metrics.services.modeltests import request_model_test
from metrics.services.requests import request_run
from metrics.services.targets import set_targets

__all__ = ["request_model_test", "request_run", "set_targets"]
