"""Reads over cases, decisions and gold. What an adjudicator may see of a case is decided here."""

from adjudication.selectors.blinding import CaseAnswer, answers_of, opened_cases
from adjudication.selectors.chunks import schema_at
from adjudication.selectors.gold import GoldRow, gold_of, gold_rows
from adjudication.selectors.precedents import Precedent, precedents_for
from adjudication.selectors.queue import (
    CaseFilter,
    case_in,
    cases_open_count,
    decisions_of,
    eligible_cases,
    filter_cases,
    has_opened_item,
    pattern_counts,
    project_of_case,
    question_counts,
    remarks_of,
    state_counts,
    unwanted_units,
    visible_cases,
)
from adjudication.selectors.states import STATES, item_states, items_in_state, with_item_state
from adjudication.selectors.units import Disagreement, disagreements_of, may_raise_cases

__all__ = [
    "STATES",
    "CaseAnswer",
    "CaseFilter",
    "Disagreement",
    "GoldRow",
    "Precedent",
    "answers_of",
    "case_in",
    "cases_open_count",
    "decisions_of",
    "disagreements_of",
    "eligible_cases",
    "filter_cases",
    "gold_of",
    "gold_rows",
    "has_opened_item",
    "item_states",
    "items_in_state",
    "may_raise_cases",
    "opened_cases",
    "pattern_counts",
    "precedents_for",
    "project_of_case",
    "question_counts",
    "remarks_of",
    "schema_at",
    "state_counts",
    "unwanted_units",
    "visible_cases",
    "with_item_state",
]
