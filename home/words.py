"""What happened, in the words of people: the log keeps codes, its pages say these."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from core.ids import NIL
from events.models import Seal

_DONE = {
    "aggregation.run": "had answers aggregated",
    "agreement.run": "measured agreement",
    "annotation.created": "labelled an item",
    "annotation.superseded": "changed a label",
    "annotation.withdrawn": "took a label back",
    "assignment.expired": "gave back an item that was held too long",
    "assignment.leased": "took an item",
    "assignment.released": "gave an item back",
    "assignment.skipped": "skipped an item",
    "annotator.paused": "paused an annotator whose checked answers fell below the mark",
    "annotator.qualified": "let an annotator in who passed the practice round",
    "annotator.reinstated": "let an annotator go on",
    "case.claimed": "took a case",
    "case.decided": "decided a case",
    "case.escalated": "asked somebody else about a case",
    "case.opened": "opened a case",
    "case.reopened": "opened a case again",
    "contract.changed": "changed the contract",
    "export.created": "exported a release",
    "gold_item.added": "added gold items",
    "gold_item.removed": "removed a gold item",
    "guideline.acknowledged": "read the guideline",
    "guideline.published": "published a guideline version",
    "import.committed": "imported a file",
    "items.created": "added items",
    "member.added": "added a member",
    "member.changed": "changed a member",
    "member.removed": "removed a member",
    "practice.begun": "began a practice round",
    "project.changed": "changed the project",
    "project.created": "made the project",
    "release.blocked": "cut a release that was blocked",
    "release.published": "published a release",
    "release.used": "recorded a use of a release",
    "release.withdrawn": "withdrew a release",
    "review.closed": "closed a review",
    "review.evidence_added": "added evidence to a review",
    "review.evidence_removed": "removed evidence from a review",
    "review.opened": "opened a review",
    "review.proposal_changed": "changed a proposed clause",
    "review.published": "published a review",
    "suggestion.created": "sent suggestions",
    "token.created": "made an API token",
    "token.revoked": "revoked an API token",
    "user.changed": "changed an account",
}


def told(action: str) -> str:
    """An action as the end of a sentence that begins with who did it."""
    return _DONE.get(action) or action.replace(".", " ").replace("_", " ")


@dataclass(frozen=True)
class Happening:
    """One line of a short history: the same thing done several times in a row by one person is one line."""

    at: datetime
    who: str
    action: str
    times: int = 1

    @property
    def what(self) -> str:
        return told(self.action)


def gather(seals: Iterable[Seal], who: Mapping[UUID, str], number: int) -> list[Happening]:
    """At most `number` lines from seals, newest first; `who` names actors by their id."""
    lines: list[Happening] = []
    for seal in seals:
        line = Happening(seal.event.at, who.get(seal.event.actor or NIL, "Concord"), seal.event.action)
        if lines and (lines[-1].who, lines[-1].action) == (line.who, line.action):
            lines[-1] = replace(lines[-1], times=lines[-1].times + 1)
        elif len(lines) == number:
            break
        else:
            lines.append(line)
    return lines
