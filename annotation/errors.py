from core.errors import ConcordError, Conflict, Stale


class NoGuideline(ConcordError):
    code, status = "no_guideline", 409
    sentence = "This project has no published guideline yet, so nothing can be labelled."


class LeaseLost(ConcordError):
    code, status = "lease_lost", 409
    sentence = "The item was given to somebody else, or given back, before this arrived. Ask for the next one."


class AlreadySubmitted(ConcordError):
    code, status = "already_submitted", 409
    sentence = "This assignment was submitted already. Change its annotation instead."


class AcknowledgementRequired(ConcordError):
    code, status = "acknowledgement_required", 409
    sentence = "Read what changed in the guideline and acknowledge it first."


class Superseded(Stale):
    sentence = "This annotation was superseded. Read the newer one and repeat your change."


class AlreadyWithdrawn(Conflict):
    code, status = "already_withdrawn", 409
    sentence = "This annotation was withdrawn already."


class DraftChanged(Stale):
    sentence = "The draft was changed in another window or on another device. Compare the two and save again."


class SuggestionExists(Conflict):
    code, status = "suggestion_exists", 409
    sentence = "This agent and version suggested other answers for some of these items. Send them as a new version."


class RoundClosed(Conflict):
    sentence = "This round is complete and takes nothing more."


class NotPaused(Conflict):
    code = "not_paused"
    sentence = "This person is qualified already: there is nothing to reinstate."


class NoAttempt(Conflict):
    code = "no_attempt"
    sentence = "There is no practice round to begin: one is open, or none is asked of you."
