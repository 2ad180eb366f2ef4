"""Leases end, and what dead imports left goes, by the state of the database; the sweep only looks."""

from annotation.imports.leftovers import sweep_leftovers
from annotation.services import expire_leases
from events.tasks import register_sweep

register_sweep(expire_leases)
register_sweep(sweep_leftovers)
