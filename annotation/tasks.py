"""Leases end by the state of the database; the sweep only looks."""

from annotation.services import expire_leases
from events.tasks import register_sweep

register_sweep(expire_leases)
