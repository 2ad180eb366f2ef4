"""Which ways of aggregating there are, what each of them takes for granted, and how one is run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Final

from metrics.stats.aggregation.answers import Answers, CannotAggregate
from metrics.stats.aggregation.averages import PRIOR_ANSWERS, mean, median, weighted_mean
from metrics.stats.aggregation.boxes import box_consensus
from metrics.stats.aggregation.bradley_terry import PRIOR, bradley_terry, comparisons_of
from metrics.stats.aggregation.dawid_skene import SMOOTH_BELOW, dawid_skene, one_coin
from metrics.stats.aggregation.em import MOST_ROUNDS, Step, no_step
from metrics.stats.aggregation.mace import HABITS, RESTARTS, mace
from metrics.stats.aggregation.medoid import medoid
from metrics.stats.aggregation.ranks import mean_rank
from metrics.stats.aggregation.result import Aggregate, Setting
from metrics.stats.aggregation.sets import per_label
from metrics.stats.aggregation.spans import span_majority
from metrics.stats.aggregation.votes import majority
from metrics.stats.aggregation.whole import HALVES, Half

VERSION: Final = "1"
"""Raised whenever the same answers may give another result than before."""
CHOSEN: Final = frozenset({"choice", "rating", "preference"})
LABELS: Final = frozenset({"nominal", "ordinal"})


@dataclass(frozen=True)
class Option:
    """A setting of a method: a number between `lowest` and `highest`, or one of `choices`."""

    name: str
    title: str
    default: Setting
    lowest: float | None = None
    highest: float | None = None
    choices: tuple[str, ...] = ()

    def checked(self, value: object) -> Setting:
        """Raises CannotAggregate for a value that the setting cannot have."""
        if self.choices:
            if value in self.choices:
                return str(value)
            raise CannotAggregate("unknown_setting", f"“{self.name}” is one of {', '.join(self.choices)}.")
        whole = isinstance(self.default, int)
        low, high = self.lowest or 0.0, self.highest if self.highest is not None else float("inf")
        number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if number and isinstance(value, (int, float)) and low <= value <= high:
            return value if whole else float(value)
        kind = "a whole number" if whole else "a number"
        raise CannotAggregate("unknown_setting", f"“{self.name}” is {kind} from {low:g} to {high:g}.")


@dataclass(frozen=True)
class Method:
    """A way of aggregating."""

    name: str
    title: str
    kinds: frozenset[str]
    """Kinds of questions that it serves."""
    levels: frozenset[str]
    assumes: str
    confidence: str
    """What the number beside an answer says."""
    source: str
    run: Callable[..., Aggregate]
    options: tuple[Option, ...] = ()
    labels_per_unit: int = 2
    units_per_annotator: int = 0
    answers_per_contestant: int = 0
    needs_identities: bool = False
    is_model: bool = False
    """Fitted over all units together, so that the answer of one depends on the others."""
    packages: tuple[str, ...] = ("numpy",)

    def settings(self, given: Mapping[str, object]) -> dict[str, Setting]:
        """All settings with their values. Raises CannotAggregate for one that the method does not have."""
        names = {option.name for option in self.options}
        for name in given:
            if name not in names:
                raise CannotAggregate("unknown_setting", f"“{self.title}” has no setting “{name}”.")
        return {option.name: option.checked(given.get(option.name, option.default)) for option in self.options}

    @property
    def needs(self) -> str:
        """The least it should be given, in words."""
        if self.answers_per_contestant:
            return (
                f"At least {self.answers_per_contestant} answers a contestant, and comparisons that connect them all."
            )
        words = [f"{self.labels_per_unit} answers an item"]
        if self.units_per_annotator:
            words.append(f"{self.units_per_annotator} items an annotator")
        return "At least " + " and ".join(words) + "."


_ROUNDS = Option("max_iterations", "Most rounds", MOST_ROUNDS, 1, 100_000)
_POSTERIOR = "the probability of the answer under the model"


def _half(default: Half) -> Option:
    return Option("half", "What exactly half of the annotators marked", default, choices=HALVES)


_ALL: Final = (
    Method(
        "majority", "Majority vote", CHOSEN, LABELS,
        "Every annotator counts the same. Two answers with equally many votes are a tie, left to adjudication.",
        "the share of the annotators who gave the answer", "Condorcet 1785", majority,
    ),
    Method(
        "dawid_skene", "Dawid–Skene", CHOSEN, LABELS,
        "Annotators err independently of each other, each confusing labels in the same way on every item.",
        _POSTERIOR, "Dawid & Skene 1979", dawid_skene,
        (
            Option("smoothing", "Answers added for each label where a matrix is smoothed", 1.0, 0, 1000),
            Option("smooth_below", "Smooth annotators with fewer answers than", SMOOTH_BELOW, 0, 10**9),
            _ROUNDS,
        ),
        labels_per_unit=3, units_per_annotator=30, needs_identities=True, is_model=True,
    ),
    Method(
        "one_coin", "One-coin Dawid–Skene", CHOSEN, LABELS,
        "Annotators err independently; each is right equally often on every label, wrong answers fall on the other "
        "labels evenly, and all labels are equally common.",
        _POSTERIOR, "Zhang, Chen, Zhou & Jordan 2016", one_coin,
        (Option("smoothing", "Answers added to each annotator", 1.0, 0, 1000), _ROUNDS),
        labels_per_unit=3, units_per_annotator=5, needs_identities=True, is_model=True,
    ),
    Method(
        "mace", "MACE", CHOSEN, LABELS,
        "On each item an annotator either knows the answer or guesses by habits of their own; all labels are equally "
        "common.",
        _POSTERIOR, "Hovy, Berg-Kirkpatrick, Vaswani & Hovy 2013", mace,
        (
            Option("restarts", "Beginnings tried", RESTARTS, 1, 1000),
            Option("habits", "How evenly guesses are expected to fall (Dirichlet)", HABITS, 0.001, 10_000),
            _ROUNDS,
        ),
        labels_per_unit=3, units_per_annotator=5, needs_identities=True, is_model=True, packages=("numpy", "scipy"),
    ),
    Method(
        "median", "Median", frozenset({"rating", "number"}), frozenset({"ordinal", "interval", "ratio"}),
        "Every annotator counts the same, and answers have an order. One far-off answer moves nothing.",
        "the share of the annotators who gave the answer; numbers have their spread instead", "Galton 1907", median,
        (Option("middle", "Where two different steps are in the middle", "tie", choices=("tie", "lower", "upper")),),
    ),
    Method(
        "mean", "Mean", frozenset({"number"}), frozenset({"interval", "ratio"}),
        "Every annotator counts the same, and differences between numbers mean the same everywhere.",
        "none; the spread stands beside the mean", "Gauss 1809", mean,
    ),
    Method(
        "weighted_mean", "Mean weighted by precision", frozenset({"number"}), frozenset({"interval", "ratio"}),
        "Annotators err independently, around the truth, each as far on every item.",
        "none; the spread stands beside the mean", "Raykar et al. 2010", weighted_mean,
        (
            Option("prior_answers", "Answers of average precision added to each annotator", PRIOR_ANSWERS, 0, 1000),
            Option("max_iterations", "Most rounds", 500, 1, 100_000),
        ),
        labels_per_unit=3, units_per_annotator=30, needs_identities=True, is_model=True,
    ),
    Method(
        "bradley_terry", "Bradley–Terry", frozenset({"preference"}), frozenset({"nominal"}),
        "Each contestant has one strength, the same for all annotators, which alone decides how often it wins.",
        "the probability that the better one of the two wins a comparison", "Bradley & Terry 1952", bradley_terry,
        (
            Option("prior", "Virtual games won and lost by everyone", PRIOR, 0.001, 100),
            Option("max_iterations", "Most rounds", 1000, 1, 100_000),
        ),
        labels_per_unit=1, answers_per_contestant=10, is_model=True, packages=("numpy", "scipy", "choix"),
    ),
    Method(
        "per_label", "Majority, label by label", frozenset({"multichoice"}), frozenset({"masi", "jaccard"}),
        "Every annotator counts the same, and labels are decided independently of each other.",
        "the share of the annotators who agree on a label, in the mean over the labels that anybody gave",
        "Tsoumakas & Katakis 2007", per_label, (_half("tie"),),
    ),
    Method(
        "span_majority", "Majority, character by character", frozenset({"spans"}), frozenset({"spans"}),
        "Every annotator counts the same, and characters are decided independently of each other; spans of one label "
        "that touch become one.",
        "the share of the annotators who agree on a character, in the mean over the characters that anybody marked",
        "Condorcet 1785", span_majority, (_half("tie"),),
    ),
    Method(
        "box_consensus", "Mean boxes", frozenset({"boxes"}), frozenset({"boxes"}),
        "Boxes that overlap by half stand around one object, and every annotator counts the same.",
        "the share of the annotators who agree on an object, in the mean over the objects that anybody drew",
        "Kuhn 1955; Everingham et al. 2010", box_consensus, (_half("keep"),),
    ),
    Method(
        "mean_rank", "Mean rank", frozenset({"ranking"}), frozenset({"ranking"}),
        "Every annotator counts the same, and a place means the same in every ranking.",
        "the share of the annotators who order two options in the same way, in the mean over all pairs",
        "Borda 1781", mean_rank,
    ),
    Method(
        "medoid", "The most central answer", frozenset({"spans", "boxes", "text", "ranking", "multichoice"}),
        frozenset({"spans", "boxes", "token_edit", "ranking", "masi"}),
        "The answer most like all the others is the best one that anybody gave. Nothing is merged.",
        "the mean similarity of the answer to those of the others", "Kaufman & Rousseeuw 1987", medoid,
        (
            Option("measure", "Likeness: of spans also “overlap”, of texts also “chrf”", "usual",
                   choices=("usual", "overlap", "chrf")),
        ),
        labels_per_unit=3,
    ),
)  # fmt: skip
METHODS: Final[Mapping[str, Method]] = {method.name: method for method in _ALL}


def methods_for(kind: str) -> list[Method]:
    """The methods that serve a kind of question, the default first."""
    return [method for method in METHODS.values() if kind in method.kinds]


def aggregate(
    answers: Answers,
    method: str = "majority",
    settings: Mapping[str, object] | None = None,
    on_round: Step = no_step,
) -> Aggregate:
    """One answer for each unit. Raises CannotAggregate where the method does not apply.

    A model calls `on_round` before each of its rounds: it may report progress, or raise what ends the work.
    """
    chosen = METHODS.get(method)
    if chosen is None:
        raise CannotAggregate("unknown_method", f"There is no method “{method}”.")
    if answers.level not in chosen.levels:
        raise CannotAggregate("wrong_level", f"“{chosen.title}” does not serve answers of this kind.")
    if chosen.needs_identities and not answers.n_annotators and len(answers):
        raise CannotAggregate(
            "no_identities", f"“{chosen.title}” weighs annotators, and these answers do not say whose they are."
        )
    kept = chosen.settings(settings or {})
    found = chosen.run(answers, **kept, **({"on_round": on_round} if chosen.is_model else {}))
    return replace(found, settings=kept, software=software(chosen))


def software(method: Method) -> dict[str, str]:
    """What computes a method, with versions."""
    return {"concord.aggregation": VERSION} | {name: metadata.version(name) for name in method.packages}


@dataclass(frozen=True)
class Shortfall:
    """Something that a method should have more of: how many units or annotators fall short of it."""

    reason: str
    n: int
    of: int
    needed: int

    @property
    def sentence(self) -> str:
        return {
            "few_labels": f"{self.n} of {self.of} answered items have fewer than {self.needed} answers.",
            "few_units": f"{self.n} of {self.of} annotators have fewer than {self.needed} items.",
            "few_games": f"{self.n} of {self.of} contestants were compared in fewer than {self.needed} answers.",
        }[self.reason]


def shortfalls(answers: Answers, method: Method) -> list[Shortfall]:
    """Where the answers stay below what a method needs. It runs all the same; this is said beside the result."""
    sizes, people = answers.sizes[answers.answered], answers.per_annotator
    people = people[people > 0]
    games = comparisons_of(answers)
    found = [
        Shortfall("few_labels", int((sizes < method.labels_per_unit).sum()), sizes.size, method.labels_per_unit),
        Shortfall(
            "few_units", int((people < method.units_per_annotator).sum()), people.size, method.units_per_annotator
        ),
        Shortfall(
            "few_games", int((games < method.answers_per_contestant).sum()), games.size, method.answers_per_contestant
        ),
    ]
    return [shortfall for shortfall in found if shortfall.n]
