"""Leases end, and what dead imports left goes, by the state of the database; the sweep only looks.

A job makes the rounds of model annotators.
"""

from annotation.imports.leftovers import sweep_leftovers
from annotation.services import expire_leases
from annotation.services.modelling import JOB_MODEL_ROUNDS, fill_model_rounds
from events.jobs import register_job
from events.tasks import register_sweep

register_sweep(expire_leases)
register_sweep(sweep_leftovers)
register_job(JOB_MODEL_ROUNDS)(fill_model_rounds)
