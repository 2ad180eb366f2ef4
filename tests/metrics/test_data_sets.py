"""Published annotations come in through the product's own import and give the figures that their descriptions state.

`FIGURES` and `COUNTS` hold what the descriptions of /data say, one row a figure; what is ours only is marked so.
"""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from annotation.models import Annotation, Round
from core.canonical import canonical_json
from intake.models import Item, RejectedRow
from metrics.measure import figures_of
from metrics.models import Unit
from metrics.questions import measured_questions, published
from metrics.selectors.scores import current_scores, live_samples
from tests.metrics import data_sets as given
from tests.metrics.data_sets import import_rows, project_of

pytestmark = pytest.mark.django_db(transaction=True)

Limits = tuple[float, float] | None
ALPHA, NOMINAL, ORDINAL, INTERVAL = "alpha", "nominal", "ordinal", "interval"
FIGURES: dict[str, list[tuple[str, str, str, float, Limits]]] = {
    "bluebirds": [("bunting", ALPHA, NOMINAL, 0.1255, (0.101, 0.149))],
    "boxes_braylan": [
        ("things", "f1", "f1", 0.6452, None),
        # Ours only: alpha of the objects with "no box" as a value; without that value it would be 1.
        ("things", ALPHA, NOMINAL, 0.4351, None),
    ],
    "convarg firefox": [
        ("better", ALPHA, NOMINAL, 0.3125, (0.268, 0.352)), ("better", ALPHA, INTERVAL, 0.4528, (0.401, 0.503)),
    ],
    "convarg bottles": [
        ("better", ALPHA, NOMINAL, 0.5313, (0.491, 0.568)), ("better", ALPHA, INTERVAL, 0.6491, (0.608, 0.687)),
    ],
    "csc_sarcasm": [
        ("rating", ALPHA, ORDINAL, 0.3517, (0.324, 0.377)), ("number", ALPHA, INTERVAL, 0.3606, (0.332, 0.385)),
        ("label", ALPHA, NOMINAL, 0.1181, (0.105, 0.130)),
    ],
    "csc_sarcasm dev": [("rating", ALPHA, ORDINAL, 0.3278, None)],
    "emobank_reader": [
        ("v", ALPHA, INTERVAL, 0.3436, (0.335, 0.353)), ("a", ALPHA, INTERVAL, 0.2447, None),
        ("a_steps", ALPHA, ORDINAL, 0.1952, None), ("d", ALPHA, INTERVAL, 0.2202, None),
        ("d_steps", ALPHA, ORDINAL, 0.1642, None),
    ],
    "xsum factuality": [("factual", ALPHA, NOMINAL, 0.7736, (0.732, 0.811))],
    "xsum words": [
        ("both", ALPHA, "tokens", 0.7783, None), ("marked", ALPHA, "tokens", 0.8004, None),
        ("intrinsic", ALPHA, "tokens", 0.6615, None), ("extrinsic", ALPHA, "tokens", 0.7854, None),
        ("any", ALPHA, NOMINAL, 0.7746, None),
    ],
    "crowdwsa_t1": [
        ("english", "percent", NOMINAL, 0.0175, None),
        # Ours only: the mean over pairs; alpha weighs sentences by their answers.
        ("english", "similarity", "token_edit", 0.3806, None),
    ],
}  # fmt: skip
PAPERS = {  # Jaccard and MASI, to three digits
    "v1": {"system_task": (0.166, 0.166), "op_form": (0.111, 0.111), "criterion_paraphrase": (0.198, 0.147),
           "system_language": (-0.222, -0.222)},
    "double": {"system_task": (0.527, 0.509), "op_form": (0.466, 0.398), "criterion_paraphrase": (0.181, 0.091),
               "system_language": (0.735, 0.735)},
    "single": {"system_task": (0.498, 0.498), "op_form": (0.270, 0.252), "criterion_paraphrase": (0.114, 0.051),
               "system_language": (0.524, 0.532)},
    "expert": {"system_task": (0.714, 0.714), "op_form": (0.248, 0.231), "criterion_paraphrase": (0.196, 0.093),
               "system_language": (0.641, 0.641)},
}  # fmt: skip


def figures(project: Any, labels: Round | None = None) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {
        (row["question"], row["coefficient"], row["distance"]): row for row in current_scores(project, round=labels)
    }


def check(found: dict[tuple[str, str, str], dict[str, Any]], name: str) -> None:
    """Every figure of the data set to four digits, limits to the second, as they come from other draws."""
    for question, coefficient, distance, value, limits in FIGURES[name]:
        row = found[question, coefficient, distance]
        assert row["value"] == pytest.approx(value, abs=5.1e-5), (question, coefficient, distance)
        if limits is not None:
            assert (row["ci_low"], row["ci_high"]) == pytest.approx(limits, abs=0.01), (question, distance)


def counts(project: Any) -> tuple[int, int, int]:
    """Items, answers and people."""
    rows = Annotation.objects.filter(project=project)
    return Item.objects.filter(project=project).count(), rows.count(), rows.values("annotator").distinct().count()


def test_birds() -> None:
    source = given.birds()
    project, client = project_of(source)
    import_rows(project, client, source.rows, source.mapping)
    assert counts(project) == (108, 4212, 39)
    check(figures(project), "bluebirds")


def test_boxes() -> None:
    source = given.boxes()
    project, client = project_of(source)
    import_rows(project, client, source.rows, source.mapping)
    assert counts(project) == (200, 1723, 196)
    found = figures(project)
    check(found, "boxes_braylan")
    first = found["things", ALPHA, NOMINAL]
    assert (first["n_items"], first["n_annotations"], first["n_annotators"]) == (200, 1723, 196)


@pytest.mark.parametrize(
    ("topic", "name", "counted"),
    [("firefox", "convarg firefox", (351, 1750, 504)), ("ban-plastic", "convarg bottles", (496, 2474, 608))],
)
def test_preferences(topic: str, name: str, counted: tuple[int, int, int]) -> None:
    source = given.arguments(topic)
    project, client = project_of(source)
    import_rows(project, client, source.rows, source.mapping)
    assert counts(project) == counted
    found = figures(project)
    check(found, name)
    assert found["better", ALPHA, NOMINAL]["n_annotators"] == counted[2]


def test_ratings_by_hundreds_of_people() -> None:
    """Two files, so two rounds: both together and the first of them alone."""
    parts = {part: given.sarcasm(part) for part in ("dev", "test")}
    project, client = project_of(parts["dev"])
    rounds = {}
    for part, source in parts.items():
        body = import_rows(project, client, source.rows, source.mapping)
        rounds[part] = Round.objects.get(pk=body["round"])
    assert counts(project) == (1408, 6410, 872)
    found = figures(project)
    check(found, "csc_sarcasm")
    check(figures(project, rounds["dev"]), "csc_sarcasm dev")
    (live,) = live_samples(project, measured=measured_questions(published(project)), question="label", keys=[-1])
    assert len(live.sample.patterns) == 298


@pytest.mark.integration
def test_ratings_without_names() -> None:
    """Two scales of one answer, and nothing that would need to know who gave it."""
    source = given.emotions()
    project, client = project_of(source)
    import_rows(project, client, source.rows, source.mapping)
    assert counts(project)[:2] == (10548, 53055)
    check(figures(project), "emobank_reader")


def test_yes_or_no_by_slots() -> None:
    source = given.factuality()
    project, client = project_of(source)
    body = import_rows(project, client, source.rows, source.mapping)
    assert [body[key] for key in ("rows_read", "rows_kept", "rows_reported")] == [5597, 5564, 33]
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {"no_answer"}
    assert counts(project) == (1858, 5564, 3)
    check(figures(project), "xsum factuality")
    # The published share of yes: the description knows four more summaries, to which nobody gave an answer.
    shares = [
        (share_of_yes(project, SYSTEMS[system], document), float(row["Factual"]))
        for row in given.table("xsum_hallucination", "eval_scores_xsum_summaries.csv")
        for system, _, document in (row["system_bbcid"].rpartition("_"),) if system in SYSTEMS
    ]  # fmt: skip
    assert sum(found == pytest.approx(published) for found, published in shares if found is not None) == 1385
    assert fleiss(project, client, None) == pytest.approx((0.7744, 1848), abs=5e-5)
    for system, kappa in {"BERTS2S": 0.7941, "PtGen": 0.6808, "TConvS2S": 0.7923, "TranS2S": 0.7789}.items():
        where = {"by": "metadata", "name": "system", "is": "one_of", "values": [system]}
        assert fleiss(project, client, {"name": system, "definition": {"where": [where]}})[0] == pytest.approx(
            kappa, abs=5e-5
        )


SYSTEMS = {"bert_withckpt": "BERTS2S", "ptgen": "PtGen", "tconvs2s": "TConvS2S"}


def share_of_yes(project: Any, system: str, document: str) -> float | None:
    item = canonical_json([document, system]).decode()
    unit = Unit.objects.filter(project=project, item__external_id=item, version=-1).first()
    return None if unit is None else dict(unit.counts).get("yes", 0) / sum(n for _, n in unit.counts)


def fleiss(project: Any, client: Any, slice_: dict[str, Any] | None) -> tuple[float, int]:
    """Kappa with the items that it is of, from a run over everything or over a saved slice."""
    address = f"/api/v1/projects/{project.slug}"
    headers = {"Idempotency-Key": str(uuid4())}
    if slice_ is not None:
        made = client.post(f"{address}/slices", slice_, format="json", headers={"Idempotency-Key": str(uuid4())})
        assert made.status_code == 201, made.content
    body = {"slice": slice_["name"]} if slice_ else {}
    answer = client.post(f"{address}/agreement-runs", body, format="json", headers=headers)
    assert answer.status_code == 202, answer.content
    given.make.settle()
    (row,) = (row for row in client.get(answer["Location"]).json()["scores"] if row["coefficient"] == "fleiss")
    return row["value"], row["n_items"]


def test_words_of_summaries() -> None:
    source = given.spans_by_word()
    project, client = project_of(source)
    body = import_rows(project, client, source.rows, source.mapping)
    assert (body["rows_reported"], counts(project)) == (0, (2500, 7499, 3))
    check(figures(project), "xsum words")


def test_wrong_offsets_are_counted_one_by_one() -> None:
    """A quarter of the passages is not where the file says; a trial run tells of each and keeps nothing."""
    source = given.spans_one_by_one()
    project, client = project_of(source)
    body = import_rows(project, client, source.rows, source.mapping, mode="dry_run")
    assert [body[key] for key in ("rows_read", "rows_kept", "rows_reported")] == [10397, 7819, 2578]
    found = Counter(RejectedRow.objects.values_list("code", flat=True))
    assert found == {"offset_mismatch": 2578}
    nowhere = sum(mark["spans"][0]["start"] < 0 for mark in source.rows)
    assert (2578 - nowhere) / (10397 - nowhere) == pytest.approx(0.245, abs=5e-4)  # as the description counts them
    assert Annotation.objects.count() == 0


def test_answers_with_wrong_offsets_are_reported() -> None:
    source = given.spans_as_given()
    project, client = project_of(source)
    body = import_rows(project, client, source.rows, source.mapping)
    fits = [all(row["text"][s["start"] : s["end"]] == s["text"] for s in row["spans"]) for row in source.rows]
    assert (body["rows_read"], body["rows_kept"]) == (7499, fits.count(True))
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {"offset_mismatch"}
    found = figures(project)
    kept: Counter[tuple[str, str]] = Counter()
    for row, fit in zip(source.rows, fits, strict=True):
        kept[row["doc"], row["system"]] += fit
    first = found["spans", ALPHA, "characters"]
    assert first["n_items"] == sum(number >= 2 for number in kept.values())
    assert first["n_annotations"] == sum(number for number in kept.values() if number >= 2)
    assert first["ci_low"] < first["value"] < first["ci_high"]
    assert found["spans", ALPHA, "tokens"]["value"] == pytest.approx(first["value"], abs=0.02)
    assert found["spans", "f1", "f1"]["value"] < found["spans", "f1_overlap", "f1"]["value"] < 1


@pytest.mark.parametrize(("repeats", "kept"), [("first", 882), ("last", 882), ("refuse", 0)])
def test_free_texts(repeats: str, kept: int) -> None:
    """The mapping says which of two answers of one worker stands; the other is reported, or the file refused."""
    source, path = given.translations()
    project, client = project_of(source)
    mapping = source.mapping | {"repeats": repeats}
    body = given.run(client, project, path.read_bytes(), mapping, format="tsv", name="f.tsv")
    given.make.settle()
    assert body["state"] == ("failed" if repeats == "refuse" else "done")
    assert Annotation.objects.filter(project=project).count() == kept
    if repeats == "refuse":
        assert "repeat an item and annotator" in body["error"]["detail"]
        return
    assert set(RejectedRow.objects.values_list("code", flat=True)) == {"repeat"}
    if repeats == "first":
        assert [body[key] for key in ("rows_read", "rows_kept", "rows_reported")] == [1000, 882, 118]
        assert counts(project) == (100, 882, 42)  # the description's 43 count the line of headings
        found = figures(project)
        check(found, "crowdwsa_t1")
        assert found["english", ALPHA, "token_edit"]["value"] == pytest.approx(0.363, abs=0.002)  # chance is sampled
        (live,) = live_samples(project, measured=measured_questions(published(project)), keys=[-1])
        alpha = figures_of(live.sample, live.seed).alpha
        assert alpha.observed == pytest.approx(0.6185, abs=5e-5)
        assert alpha.expected == pytest.approx(0.971, abs=0.002)


@pytest.mark.parametrize("name", PAPERS)
def test_sets_of_few_papers_are_shown_with_lowered_minimums(name: str) -> None:
    source = given.papers(name)[name]
    project, client = project_of(source)
    import_rows(project, client, source.rows, source.mapping)
    found = figures(project)
    assert found["op_form", ALPHA, "masi"]["n_items"] == {"v1": 9}.get(name, 10)
    for column, (jaccard, masi) in PAPERS[name].items():
        assert found[column, ALPHA, "jaccard"]["value"] == pytest.approx(jaccard, abs=6e-4), column
        assert found[column, ALPHA, "masi"]["value"] == pytest.approx(masi, abs=6e-4), column
        assert found[column, ALPHA, "masi"]["lowered_from"] == 20
