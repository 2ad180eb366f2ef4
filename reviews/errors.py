from core.errors import Conflict


class ReviewOpen(Conflict):
    code = "review_open"
    sentence = "A review of this question is not closed yet. Go on with it, or close it first."


class ReviewNotOpen(Conflict):
    code = "review_not_open"
    sentence = "This review is not open any more, so its evidence and proposals stay as they are."


class ReviewClosed(Conflict):
    code = "review_closed"
    sentence = "This review is closed already."


class RunNotFinished(Conflict):
    code = "run_not_finished"
    sentence = "This agreement run is not finished yet. Wait for it, or choose another one."


class EvidenceInUse(Conflict):
    code = "evidence_in_use"
    sentence = "A proposal rests on this evidence. Change the proposal first."


class NothingProposed(Conflict):
    code = "nothing_proposed"
    sentence = "This review proposes no change yet. Propose a new text for at least one clause."


class ClauseChanged(Conflict):
    code = "clause_changed"
    sentence = "A clause was changed by another version since it was proposed here. Read it and propose again."
