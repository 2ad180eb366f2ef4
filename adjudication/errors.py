from core.errors import ConcordError, Conflict


class OwnAnnotation(ConcordError):
    code, status = "own_annotation", 403
    sentence = "You have labelled this item, so somebody else decides about it."


class AlreadyDecided(Conflict):
    code, status = "already_decided", 409
    sentence = "This case is decided. Read its decision, or reopen it with a reason."


class CaseDissolved(Conflict):
    code, status = "case_dissolved", 409
    sentence = "The answers of this case agree by now, so there is nothing to decide. Take the next case."


class CaseLeased(Conflict):
    code, status = "case_leased", 409
    sentence = "Somebody else is deciding this case. Take another one."


class LeaseLost(Conflict):
    code, status = "lease_lost", 409
    sentence = "You do not hold this case any more. Claim it again and repeat your decision."


class NotDecided(Conflict):
    code, status = "not_decided", 409
    sentence = "This case has no decision that could be reopened."
