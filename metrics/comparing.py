"""One version against another, as different items: the difference of alpha, or why there is none to speak of. Pure."""

from dataclasses import dataclass
from typing import Final

from metrics.measure import replicates_of
from metrics.selectors.scores import Live
from metrics.selectors.sides import Origin
from metrics.stats.alpha import AlphaResult, alpha
from metrics.stats.bootstrap import Difference, difference_unpaired
from metrics.stats.comparable import Objection, Side, objections
from metrics.stats.planning import smallest_detectable
from metrics.stats.withholding import Minimums
from metrics.verdict import change_words

WORDS: Final[dict[Objection, str]] = {
    "other_items": "the items come from other batches",
    "other_people": "other people answered",
    "unknown_people": "nobody knows whether the same people answered",
    "other_labels": "the labels are used in other proportions",
    "other_spread": "the answers are spread differently",
}
NOT_DRAWN: Final = "Items were given out in the order of their file, not at random."


@dataclass(frozen=True)
class Comparison:
    """`before` and `after` are the alphas; `objections` say why their difference is refused, where it is."""

    before: AlphaResult
    after: AlphaResult
    difference: Difference
    objections: tuple[Objection, ...]
    words: str
    drawn: bool
    people_in_common: int

    @property
    def refused(self) -> bool:
        """Whether no difference may be shown: too little data, or another reason for one than the guideline."""
        return bool(self.objections) or self.words.startswith("not enough data")

    @property
    def detectable(self) -> float | None:
        """The smallest change that would have been seen four times of five, where none was."""
        low, high = self.difference.interval.low, self.difference.interval.high
        if self.refused or low is None or high is None or not low <= 0 <= high:
            return None
        return smallest_detectable(low, high)


def compare(before: Live, after: Live, origins: tuple[Origin, Origin], minimums: Minimums) -> Comparison:
    """Two samples that were drawn independently, with what each rests on."""
    sides = [alpha(live.sample.patterns, live.sample.level) for live in (before, after)]
    found = difference_unpaired(replicates_of(before.sample, before.seed), replicates_of(after.sample, after.seed))
    words = change_words(found, sides[0].n_items, sides[1].n_items, minimums)
    against: tuple[Objection, ...] = ()
    if not words.startswith("not enough data"):
        first, second = (_side(*each) for each in zip((before, after), sides, origins, strict=True))
        against = objections(first, second)
    if against:
        words = "not comparable: " + ", ".join(WORDS[objection] for objection in against)
    people = origins[0].people.keys() & origins[1].people.keys()
    drawn = all(origin.drawn for origin in origins)
    return Comparison(sides[0], sides[1], found, against, words, drawn, len(people))


def _side(live: Live, result: AlphaResult, origin: Origin) -> Side:
    patterns = live.sample.patterns
    answers = patterns.n_annotations
    labels = None
    if live.sample.is_listed:
        counted = zip(patterns.values, patterns.marginals.tolist(), strict=True)
        labels = {value: int(count) for value, count in counted if count}
    named = sum(origin.people.values()) >= answers
    # Where nobody is known the batches are not known either: then only the one is held against the comparison.
    frames = origin.frames or {None: answers}
    return Side(patterns.n_items, frames, origin.people if named else None, labels, result.expected)
