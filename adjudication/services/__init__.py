"""Writes over cases: one verb each. Callers have checked access and role."""

from adjudication.services.deciding import NewDecision, decide_case, escalate_case, reopen_case, require_undecided
from adjudication.services.leases import (
    NextCase,
    claim_case,
    next_case,
    record_openings,
    release_case,
    renew_case,
    require_not_own,
)
from adjudication.services.raising import raise_round_cases, sync_units

__all__ = [
    "NewDecision",
    "NextCase",
    "claim_case",
    "decide_case",
    "escalate_case",
    "next_case",
    "raise_round_cases",
    "record_openings",
    "release_case",
    "renew_case",
    "reopen_case",
    "require_not_own",
    "require_undecided",
    "sync_units",
]
