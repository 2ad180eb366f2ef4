"""Versions are compared where nothing but the version differs; else both alphas stand and no difference."""

from typing import Any

import pytest

from metrics.questions import measured_questions, published
from metrics.selectors.scores import live_samples
from metrics.selectors.sides import origins_of
from tests import factories as make
from tests.metrics import data_sets as given
from tests.metrics.conftest import tones
from tests.metrics.data_sets import import_rows, project_of
from tests.metrics.test_pages import browser

pytestmark = pytest.mark.django_db(transaction=True)


def changes(project: Any, question: str) -> list[dict[str, Any]]:
    """As the manager downloads them."""
    address = f"/p/{project.slug}/agreement/?question={question}&format=json&part=changes"
    rows: list[dict[str, Any]] = browser(project.created_by).get(address).json()["rows"]
    return rows


def text(project: Any, question: str) -> str:
    page = browser(project.created_by).get(f"/p/{project.slug}/agreement/?question={question}").content.decode()
    return " ".join(page.split())


def in_two_halves(order: str, shift_after: int = 1) -> Any:
    """One batch of 24 items, half of it labelled under each of two versions by the same three people."""
    project = make.make_project(overlap=3, settings={"minimums": {"alpha_units": 5, "side_units": 5}})
    make.publish_guideline(project)
    make.make_items(project, 24, order=order)
    people = [make.make_member(project, "annotator") for _ in range(3)]
    for version in (1, 2):
        if version == 2:
            make.publish_guideline(project)
        make.acknowledge(project, *people)
        for shift, user in enumerate(people):
            make.label(user, project, tones(shift * (shift_after if version == 2 else 1), 12), 12)
    make.settle()
    return project


def test_halves_of_one_batch_by_the_same_people_are_compared() -> None:
    (change,) = changes(in_two_halves("random"), "tone")
    assert change["verdict"] == "no change shown"
    assert (change["n_before"], change["n_after"], change["people_in_common"]) == (12, 12, 3)
    assert change["ci_low"] < 0 < change["ci_high"]
    assert change["detectable"] == pytest.approx((change["ci_high"] - change["ci_low"]) / 2 * 1.4294, rel=0.001)
    assert change["caution"] == ""


def test_items_in_the_order_of_their_file_are_marked() -> None:
    project = in_two_halves("as_imported")
    (change,) = changes(project, "tone")
    assert change["value"] is not None
    assert "not at random" in change["caution"]
    assert "Items were given out in the order of their file, not at random." in text(project, "tone")


def under(source: given.Source, version: int) -> dict[str, Any]:
    return source.mapping | {"guideline_version": version}


def votes(rows: list[dict[str, Any]], people: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["who"] in people:
            found.setdefault(row["id"], []).append(row["bunting"])
    return found


def test_items_chosen_for_their_disagreement_are_not_compared() -> None:
    """The photographs on which three people split, given to three others under a new version: alpha rises by itself.

    Nothing has changed but whom one asked, and of what: both alphas are shown, and no difference.
    """
    source = given.birds()
    people = sorted({row["who"] for row in source.rows})
    first, second = set(people[:3]), set(people[3:6])
    project, client = project_of(source)
    import_rows(project, client, [row for row in source.rows if row["who"] in first], under(source, 1))
    make.publish_guideline(project, [source.questions[0] | {"title": "bunting", "required": True}], clauses=[])
    split = {item for item, found in votes(source.rows, first).items() if len(set(found)) > 1}
    assert len(split) >= 30
    again = [row for row in source.rows if row["who"] in second and row["id"] in split]
    import_rows(project, client, again, under(source, 2))
    (change,) = changes(project, "bunting")
    assert change["verdict"].startswith("not comparable: the items come from other batches, other people answered")
    assert [change[name] for name in ("value", "ci_low", "ci_high", "p_positive", "observed", "expected")] == [None] * 6
    assert change["alpha_before"] is not None
    assert change["alpha_after"] is not None
    assert (change["n_after"], change["people_in_common"]) == (len(split), 0)
    page = text(project, "bunting")
    assert "not comparable" in page
    assert "improved" not in page


def test_papers_under_two_guidelines_show_both_alphas() -> None:
    """20Y-CHEC, v1 to v2: other papers and partly other people, so no difference, whatever its interval would be."""
    rounds = given.papers("v1", "double")
    project, client = project_of(rounds["v1"])
    project.settings["minimums"]["side_units"] = 5
    project.save(update_fields=["settings"])
    import_rows(project, client, rounds["v1"].rows, under(rounds["v1"], 1))
    make.publish_guideline(
        project, [{"title": q["name"], "required": True} | q for q in rounds["double"].questions], clauses=[]
    )
    import_rows(project, client, rounds["double"].rows, under(rounds["double"], 2))
    (change,) = changes(project, "op_form")
    assert "the items come from other batches" in change["verdict"]
    assert (change["alpha_before"], change["alpha_after"]) == pytest.approx((0.111, 0.398), abs=6e-4)
    assert (change["value"], change["ci_low"]) == (None, None)


def test_slots_are_no_people() -> None:
    source = given.birds()
    people = sorted({row["who"] for row in source.rows})[:3]
    rows = [row for row in source.rows if row["who"] in people]
    project, client = project_of(source)
    import_rows(project, client, rows, source.mapping | {"identity": "slot"})
    measured = measured_questions(published(project))
    (live,) = live_samples(project, measured=measured, question="bunting", keys=[-1])
    origin = origins_of(project, "bunting", [-1])[-1]
    assert sum(origin.frames.values()) == live.sample.patterns.n_annotations == 324
    assert not origin.people
