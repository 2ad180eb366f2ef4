import pytest

from adjudication import rules
from guidelines.schema.schema import parse_schema
from tests.factories import CHOICE, RATING

SCHEMA = parse_schema({"questions": [CHOICE, RATING]})


def test_answers_are_grouped_by_what_the_kind_calls_the_same():
    groups = rules.group_answers(SCHEMA, "tone", ["angry", "calm", "calm"])
    assert groups == [("calm", 2), ("angry", 1)]
    assert rules.distribution_of(groups) == [
        {"answer": "calm", "share": pytest.approx(2 / 3)},
        {"answer": "angry", "share": pytest.approx(1 / 3)},
    ]
    assert rules.pattern_of(SCHEMA, "tone", groups) == "Angry | Calm"


@pytest.mark.parametrize(
    ("answers", "share"),
    [(["calm"], 0), (["calm"] * 3, 0), (["calm", "angry"], 1), (["calm", "calm", "angry"], 2 / 3), ([1, 2, 3], 1)],
)
def test_disagreement_is_the_share_of_pairs_that_differ(answers, share):
    question = "force" if isinstance(answers[0], int) else "tone"
    assert rules.disagreement_of(rules.group_answers(SCHEMA, question, answers)) == pytest.approx(share)


def test_prevalence_grows_by_doublings_and_stops():
    assert [rules.prevalence_level(n) for n in (0, 1, 2, 3, 4, 7, 8)] == [1, 1, 2, 2, 3, 3, 4]
    assert rules.prevalence_level(10**6) == rules.prevalence_level(rules.COUNTED_CASES)


def test_the_order_of_answers_is_fixed_for_a_case_and_differs_between_cases():
    people = ["a", "b", "c", "d"]
    orders = {tuple(rules.shuffled_by_case(people, case_id=case, secret="s", key=lambda p: p)) for case in range(50)}
    assert len(orders) > 10
    again = [rules.shuffled_by_case(people[::-1], case_id=7, secret="s", key=lambda p: p) for _ in range(2)]
    assert again[0] == again[1] == rules.shuffled_by_case(people, case_id=7, secret="s", key=lambda p: p)


def test_letters_go_on_after_z():
    assert [rules.letter(n) for n in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0 %"), (0.004, "under 1 %"), (0.125, "12 %"), (0.9949, "99 %"), (0.9951, "over 99 %"), (1, "100 %")],
)
def test_what_is_not_certain_never_reads_as_0_or_100(share, shown):
    assert rules.percent_of(share) == shown
