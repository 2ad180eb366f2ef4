"""Writes over contracts, releases, their uses and exports."""

from releases.services.building import build_release, note_failure, verify_release
from releases.services.contracts import change_contract, create_default_contract
from releases.services.cutting import JOB_RELEASE, cut_release, record_use, withdraw_release
from releases.services.exporting import JOB_EXPORT, request_export, write_export

__all__ = [
    "JOB_EXPORT",
    "JOB_RELEASE",
    "build_release",
    "change_contract",
    "create_default_contract",
    "cut_release",
    "note_failure",
    "record_use",
    "request_export",
    "verify_release",
    "withdraw_release",
    "write_export",
]
