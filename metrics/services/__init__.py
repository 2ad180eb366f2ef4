"""Writes of this app: keeping counts, counting imports, running agreement."""

from metrics.services.runs import request_run

__all__ = ["request_run"]
