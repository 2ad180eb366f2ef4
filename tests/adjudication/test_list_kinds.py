"""Cases about spans, boxes, rankings and preferences, and own answers to them in plain fields."""

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from adjudication.models import Case, Decision
from adjudication.selectors import gold_rows
from adjudication.views.patterns import shown_pattern
from annotation.services import open_production_round
from intake.images import store_images
from intake.services import NewItem, create_batch, create_items
from tests.adjudication.test_more_kinds import FORM, browser
from tests.factories import acknowledge, actor, label, make_member, make_project, publish_guideline, settle
from tests.guidelines.test_schema_lists import BETTER, CARS, NAMES, ORDER, box, parse, span

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
FIELDS = [
    {"name": "text", "type": "chat", "title": "Talk", "required": True},
    {"name": "photo", "type": "image", "title": "Photo", "required": False},
    {"name": "left", "type": "text", "title": "Left", "required": False},
    {"name": "right", "type": "text", "title": "Right", "required": False},
]
ITEM = {
    "text": [{"role": "user", "content": "Ann of Rome"}, {"role": "bot", "content": "met <Ann>"}],
    "photo": "cat 1.png", "left": "l", "right": "r",
}  # fmt: skip
ANN, ROME = span(0, 3), span(7, 11, "loc")


class Setting:
    def __init__(self, question: dict[str, Any], *answers: Any) -> None:
        self.project = make_project(fields=FIELDS)
        by = actor(self.project.created_by)
        store_images(by=by, project=self.project, uploads=[SimpleUploadedFile("cat 1.png", PNG)])
        self.people = [make_member(self.project, "annotator") for _ in answers]
        self.adjudicator = make_member(self.project, "adjudicator")
        publish_guideline(self.project, [question], clauses=[])
        acknowledge(self.project, *self.people)
        batch = create_batch(by=by, project=self.project, name="b", overlap=len(answers))
        create_items(by=by, project=self.project, batch=batch, rows=[NewItem("1", ITEM, {})])
        open_production_round(by=by, batch=batch, now=batch.created_at)
        for person, answer in zip(self.people, answers, strict=True):
            label(person, self.project, {question["name"]: answer})
        settle()

    def claimed(self) -> tuple[Any, str, str]:
        """The adjudicator's browser, the address of the one case, and its page."""
        client, url = browser(self.adjudicator), f"/p/{self.project.slug}/cases/{Case.objects.get().pk}/"
        client.post(url, {"action": "claim"})
        return client, url, client.get(url).content.decode()


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (NAMES, ([ANN, ROME], [ROME, ANN])),
        (CARS, ([box(), box(x=0.6)], [box(x=0.6 + 1e-9), box()])),
        (ORDER, ([["a", "b"], ["c"]], [["b", "a"], ["c"]])),
        (BETTER, ("left", "left")),
        (NAMES, ([], [])),
    ],
)
def test_equal_answers_make_no_case_and_are_gold(question: Any, answers: Any) -> None:
    setting = Setting(question, *answers)
    assert not Case.objects.exists()
    (row,) = gold_rows(setting.project, as_of=None)
    assert row.source == "unanimous"
    assert len(row.distribution) == 1
    assert setting.people


@pytest.mark.parametrize(
    ("question", "answers", "pattern", "shown"),
    [
        (NAMES, ([ANN, ROME], [ANN]), "presence of Loc", "“Ann” Per; “Rome” Loc"),
        (NAMES, ([ANN], []), "presence of Per", "(no spans)"),
        (CARS, ([box()], [box(x=0.3)]), "boundaries of Per", "Per at 10, 20, size 30 × 10 %"),
        (ORDER, ([["a"], ["b"]], [["b"], ["a"]]), "a &gt; b | b &gt; a", "a &gt; b"),
        (BETTER, ("left", "cannot_judge"), "Cannot judge | Left", "Cannot judge"),
    ],
)
def test_different_answers_make_a_case(question: Any, answers: Any, pattern: str, shown: str) -> None:
    _, _, page = Setting(question, *answers).claimed()
    assert f"<bdi>{pattern}</bdi>" in page
    assert f"<bdi>{shown}</bdi>" in page
    assert "met &lt;Ann&gt;" in page
    assert "/files/cat%201.png?item=" in page


SPAN_ROWS = {"own-start": ["0", "", ""], "own-end": ["3", "", ""], "own-words": ["", " Rome ", ""],
             "own-label": ["per", "loc", "per"]}  # fmt: skip
BOX_ROWS = {"own-x": ["10", ""], "own-y": ["20,5", ""], "own-width": ["30", ""], "own-height": ["7.5", ""],
            "own-label": ["per", "per"]}  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answers", "typed", "kept"),
    [
        (NAMES, ([ROME], []), SPAN_ROWS, [ANN, ROME]),
        (NAMES, ([ROME], [ANN]), {}, []),
        (NAMES, ([ROME], []), {"own": '[{"start": 0, "end": 3, "label": "per"}]'}, [ANN]),
        (NAMES, ([ROME], []), {"own-start": ["16"], "own-end": [""], "own-words": ["<Ann>"], "own-label": ["per"]},
         [span(16, 21)]),
        (CARS, ([box()], []), BOX_ROWS, [box(y=0.205, height=0.075)]),
        (ORDER, ([["a"]], [["b"]]), {"own-rank-0": "3", "own-rank-1": "1", "own-rank-2": "3"}, [["b"], ["a", "c"]]),
        (ORDER, ([["a"]], [["b"]]), {"own-rank-0": "2", "own-rank-1": "", "own-rank-2": ""}, [["a"]]),
    ],
)  # fmt: skip
def test_an_own_answer_is_written_in_plain_fields(question: Any, answers: Any, typed: Any, kept: Any) -> None:
    client, url, page = Setting(question, *answers).claimed()
    assert 'id="own-box"' in page
    done = client.post(url, FORM | {"fence": Case.objects.get().fence, "answer": "own"} | typed)
    assert done.status_code == 302, done.content.decode()
    assert Decision.objects.get().answer == kept


@pytest.mark.parametrize(
    ("question", "answers", "typed", "words"),
    [
        (NAMES, ([ANN], []), {"own-start": ["x"], "own-end": [""], "own-words": [""], "own-label": ["per"]},
         "Row 1: give the start as a whole number"),
        (NAMES, ([ANN], []), {"own-start": [""], "own-end": [""], "own-words": ["Ann"], "own-label": ["per"]},
         "more than once"),
        (NAMES, ([ANN], []), {"own-start": [""], "own-end": [""], "own-words": ["Bob"], "own-label": ["per"]},
         "does not stand in the text"),
        (NAMES, ([ANN], []), {"own-start": ["1"], "own-end": [""], "own-words": ["Rome"], "own-label": ["per"]},
         "does not begin at 1"),
        (NAMES, ([ANN], []), {"own-start": ["1"], "own-end": [""], "own-words": [""], "own-label": ["per"]},
         "give the end"),
        (NAMES, ([ANN], []), {"own-start": ["1"], "own-end": ["99"], "own-words": [""], "own-label": ["per"]},
         "21 code points"),
        (NAMES, ([ANN], []), {"own": "[{]"}, "takes a list of spans"),
        (CARS, ([box()], []), {"own-x": ["wide"], "own-y": ["1"], "own-width": ["1"], "own-height": ["1"],
                               "own-label": ["per"]}, "Row 1: give x as a number"),
        (CARS, ([box()], []), {"own-x": ["80"], "own-y": ["1"], "own-width": ["30"], "own-height": ["1"],
                               "own-label": ["per"]}, "reaches beyond the image"),
        (ORDER, ([["a"]], [["b"]]), {}, "Rank at least one option"),
    ],
)  # fmt: skip
def test_a_wrong_own_answer_is_named_and_kept(question: Any, answers: Any, typed: Any, words: str) -> None:
    client, url, _ = Setting(question, *answers).claimed()
    refused = client.post(url, FORM | {"fence": Case.objects.get().fence, "answer": "own"} | typed)
    page = refused.content.decode()
    assert (refused.status_code, words in page) == (422, True), page
    assert 'id="answer-own" value="own" checked' in page
    assert not Decision.objects.exists()
    for texts in typed.values():
        assert not isinstance(texts, list) or all(f'value="{text}"' in page for text in texts if text)


def test_an_own_answer_begins_with_that_of_somebody() -> None:
    client, url, page = Setting(NAMES, [ANN, ROME], [ANN]).claimed()
    letter = "A" if page.index("“Rome”") < page.index('case-letter">B') else "B"
    fence = Case.objects.get().fence
    begun = client.post(url, FORM | {"fence": fence, "start": letter, "rationale": "Half <done>"})
    page = begun.content.decode()
    assert begun.status_code == 200
    assert 'name="own-start" value="7"' in page
    assert 'name="own-end" value="11"' in page
    assert "Half &lt;done&gt;" in page
    assert 'id="answer-own" value="own" checked' in page
    assert page.count('name="own-start"') == 5
    assert client.post(url, FORM | {"fence": fence, "start": "Z"}).status_code == 404


def test_an_answer_is_adopted_as_it_is_canonical() -> None:
    client, url, _ = Setting(CARS, [box(x=0.1 + 1e-9)], []).claimed()
    adopted = '[{"height":0.1,"label":"per","width":0.3,"x":0.1,"y":0.2}]'
    done = client.post(url, FORM | {"fence": Case.objects.get().fence, "answer": adopted})
    assert done.status_code == 302, done.content.decode()
    assert Decision.objects.get().answer == [box()]


FEW = [
    {"name": "left", "type": "text", "title": "First reply", "required": True},
    {"name": "right", "type": "text", "title": "Second reply", "required": True},
]
RANKED: dict[str, Any] = {"name": "rank", "kind": "ranking", "title": "Rank", "fields": ["left", "right"]}


@pytest.mark.parametrize(
    ("question", "answers", "stored", "shown"),
    [
        (BETTER, ("left", "tie"), "Tie | left", "Tie | First reply"),
        (BETTER, ("right", "cannot_judge"), "Cannot judge | right", "Cannot judge | Second reply"),
        (RANKED, ([["left"], ["right"]], [["right", "left"]]), "left = right | left > right",
         "First reply = Second reply | First reply > Second reply"),
    ],
)  # fmt: skip
def test_a_pattern_is_stored_by_names_and_shown_by_titles(
    question: Any, answers: Any, stored: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    titled = [spec | {"title": next((f["title"] for f in FEW if f["name"] == spec["name"]), spec["title"])}
              for spec in FIELDS]  # fmt: skip
    monkeypatch.setitem(globals(), "FIELDS", titled)
    setting = Setting(question, *answers)
    assert Case.objects.get().pattern == stored
    client, url, page = setting.claimed()
    queue = client.get(f"/p/{setting.project.slug}/cases/").content.decode()
    for found in (unescape(page), unescape(queue)):
        assert f"<bdi>{shown}</bdi>" in found
        assert f">{stored}<" not in found
    assert f"<title>Case: {shown}" in unescape(page)
    assert f">{shown} (1)</option>" in unescape(queue)
    assert f'value="{stored}"' in unescape(queue)
    keep = FORM | {"fence": Case.objects.get().fence, "outcome": "keep_disagreement"}
    assert f"Decided: {shown}." in unescape(client.post(url, keep, follow=True).content.decode())


def test_a_pattern_of_an_earlier_schema_is_shown_as_far_as_it_is_known() -> None:
    project = make_project(fields=FEW)
    labels = [{"value": "a", "title": "Apples, red"}, {"value": "b", "title": "a"}]
    fruit = {"name": "fruit", "kind": "choice", "title": "Fruit", "labels": labels}
    several = fruit | {"name": "several", "kind": "multichoice"}
    schema = parse(fruit, several)
    assert shown_pattern(project, schema, "fruit", "b | gone") == "a | gone"
    assert shown_pattern(project, schema, "fruit", "Apples, red | a") == "Apples, red | a"
    assert shown_pattern(project, schema, "several", "Apples, red | b, gone") == "Apples, red | a, gone"
    assert shown_pattern(project, schema, "former", "x | y") == "x | y"
    assert shown_pattern(project, schema, "fruit", "skipped") == "Skipped by everybody"
