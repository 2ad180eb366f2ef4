"""Marks made ready to be drawn: the text cut at the edges of spans, boxes in per cent."""

import pytest

from adjudication.marks import DrawnBox, Piece, boxes_of, pieces_of
from tests.guidelines.test_schema_lists import NAMES, box, span

pytestmark = pytest.mark.unit


def test_a_text_is_cut_at_the_edges_and_a_span_names_its_end():
    answer = [span(0, 11), span(7, 11, "loc")]
    assert pieces_of(NAMES, answer, {"text": "Ann of Rome, 💩"}) == [
        Piece("Ann of ", True), Piece("Rome", True, "Per, Loc"), Piece(", 💩", False),
    ]  # fmt: skip


def test_a_chat_is_cut_in_the_text_that_offsets_count_in():
    talk = [{"role": "user", "content": "Hi"}, {"role": "bot", "content": "Ann"}]
    assert pieces_of(NAMES, [span(3, 6)], {"text": talk}) == [Piece("Hi\n", False), Piece("Ann", True, "Per")]


def test_without_marks_there_is_nothing_to_draw():
    for answer in (None, [], "Ann", [{"start": 3}]):
        assert pieces_of(NAMES, answer, {"text": "Ann"}) == []
        assert boxes_of(answer) == []


def test_boxes_are_shares_of_the_image():
    assert boxes_of([box(x=1 / 3)]) == [DrawnBox("33.33%", "20%", "30%", "10%")]
