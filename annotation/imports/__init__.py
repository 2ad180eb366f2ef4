"""Bringing foreign files in: `request_import` takes a file and makes a job, `job.carry_out` is that job."""

from annotation.imports.requests import commit_dry_run, read_mapping, request_import
from annotation.imports.uploads import StoredFile

__all__ = ["StoredFile", "commit_dry_run", "read_mapping", "request_import"]
