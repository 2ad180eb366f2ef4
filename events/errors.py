from core.errors import ConcordError, Throttled


class KeyRequired(ConcordError):
    code, status = "idempotency_key_required", 400
    sentence = "Send an Idempotency-Key header, so that a repeated request is carried out once."


class KeyInProgress(ConcordError):
    code, status = "idempotency_key_in_progress", 409
    sentence = "The same request is being carried out right now. Try again in a second."


class KeyReused(ConcordError):
    code, status = "idempotency_key_reused", 422
    sentence = "This Idempotency-Key was used for another request. Make a new key."


class NotSealed(ConcordError):
    code, status = "unavailable", 503
    sentence = "The event log has not caught up yet. Try again in a moment."


class CutInFuture(ConcordError):
    code, status = "invalid", 422
    sentence = "as_of is later than the project's log. Use a sequence number that the log already holds."


class QueueFull(Throttled):
    sentence = "Too many jobs of this kind are waiting in this project. Try again when one has ended."


class JobLost(ConcordError):
    """Another attempt of the same job took over: this one must not write any more."""

    code, status = "job_lost", 409
    sentence = "Another attempt of this job has taken over."


class JobCancelled(ConcordError):
    code, status = "cancelled", 409
    sentence = "The job was cancelled."


class JobNotRunning(ConcordError):
    code, status = "conflict", 409
    sentence = "The job is not in a state that allows this."
