"""Writes over rounds, leases and annotations: one verb each."""

from annotation.services.gold import NewGold, add_gold_item, add_gold_items, remove_gold_item
from annotation.services.leases import (
    LARGEST_DRAFT,
    expire_leases,
    release_assignment,
    renew_assignment,
    save_draft,
    skip_assignment,
    take_back_unstarted,
)
from annotation.services.queue import NextAnswer, next_assignments
from annotation.services.rounds import (
    change_overlap,
    complete_round,
    enqueue_items,
    open_production_round,
    open_reserved_round,
    reorder_entries,
    repair_counts,
)
from annotation.services.slots import lock_person
from annotation.services.submit import submit_annotation, supersede_annotation, withdraw_annotation

__all__ = [
    "LARGEST_DRAFT",
    "NewGold",
    "NextAnswer",
    "add_gold_item",
    "add_gold_items",
    "change_overlap",
    "complete_round",
    "enqueue_items",
    "expire_leases",
    "lock_person",
    "next_assignments",
    "open_production_round",
    "open_reserved_round",
    "release_assignment",
    "remove_gold_item",
    "renew_assignment",
    "reorder_entries",
    "repair_counts",
    "save_draft",
    "skip_assignment",
    "submit_annotation",
    "supersede_annotation",
    "take_back_unstarted",
    "withdraw_annotation",
]
