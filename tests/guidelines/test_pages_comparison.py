"""Differences by words, and what the editor makes of keys and answers."""

import time
from typing import Any

import pytest

from guidelines.comparison import Piece, compare, diff_words
from guidelines.forms import content_of, key_from, state_of
from guidelines.schema.diff import NO_QUESTIONS
from guidelines.schema.schema import parse_schema
from tests.factories import CHOICE, CLAUSES, RATING


def marked(before: str, after: str) -> str:
    shown = {"same": "{}", "added": "[+{}]", "removed": "[-{}]"}
    return "".join(shown[piece.kind].format(piece.text) for piece in diff_words(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "[+new]"),
        ("one two three", "one 2 three", "one [-two][+2] three"),
        ("a b\nc d\n", "a b\nc e\n", "a b\nc [-d][+e]\n"),
        ("彼は怒る", "彼は笑う", "彼は[-怒る][+笑う]"),
        ("café 👍🏽", "cafe 👍🏽", "[-café][+cafe] 👍🏽"),
    ],
)
def test_words_are_marked(before: str, after: str, shown: str) -> None:
    assert marked(before, after) == shown


def test_both_texts_can_be_read_off_the_difference() -> None:
    before, after = "The  quick\tbrown fox.\r\nIt ran – away.", "A quick red fox.\nIt ran away!"
    pieces = diff_words(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after


def test_a_long_text_takes_no_longer_than_a_page_may() -> None:
    before, after = "word " * 9000, "other " * 9000
    started = time.monotonic()
    assert diff_words(before, after) == (Piece("removed", before), Piece("added", after))
    assert time.monotonic() - started < 1


def test_compare_leaves_out_what_is_the_same() -> None:
    schema = parse_schema({"questions": [CHOICE]})
    assert compare(CLAUSES, CLAUSES, schema, schema).empty
    found = compare([], CLAUSES, NO_QUESTIONS, schema)
    assert {change.state for change in found.clauses} == {"added"}
    assert [part.title for part in found.clauses[0].parts] == ["About", "Definition", "Use when", "Avoid when"]
    assert {(label.question, label.label) for label in found.labels} == {
        ("tone", None), ("tone", "calm"), ("tone", "angry"), ("tone", "unsure"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("title", "key"), [("Très bon!", "tres_bon"), ("1 – 2", "1_2"), ("怒り", ""), ("  A  b ", "a_b")]
)
def test_keys_out_of_titles(title: str, key: str) -> None:
    assert key_from(title, "_") == key


def test_the_form_gives_back_what_it_was_given() -> None:
    clauses: list[dict[str, Any]] = [
        {**CLAUSES[0], "examples": [{"text": "a", "answer": "calm", "why": ""}]},
        {"key": "force", "title": "Force", "question": "force", "definition": "", "use_when": "", "avoid_when": "",
         "examples": [{"text": "b", "answer": 4, "why": "w"}, {"text": "c", "answer": None, "why": ""},
                      {"text": "d", "answer": [["x"]], "why": ""}]},
    ]  # fmt: skip
    labels = [*CHOICE["labels"], {"value": "other", "title": "Other", "opt_out": True, "parent": "calm"}]  # type: ignore[misc]
    schema = {"questions": [{**CHOICE, "labels": labels}, {**RATING, "labels": {"1": "weak"}}]}
    assert content_of(state_of(clauses, schema, "")) == (clauses, schema)
