"""Bradley–Terry through the product: contents of items as contestants, the answers that their strengths give."""

import json
import math
from itertools import pairwise

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from scipy.optimize import minimize

from adjudication.api.bodies import proposal_bodies
from adjudication.contestants import Contestants
from adjudication.methods import Ballot, Coder
from adjudication.models import Aggregation, Case
from adjudication.selectors import gold_rows, schema_at
from adjudication.selectors.aggregations import proposals_for
from adjudication.services import aggregating
from adjudication.services.policies import set_aggregation_policy
from adjudication.views.context import proposal_rows
from core.canonical import content_hash
from core.ids import new_id
from events.services import wait_for_cut
from guidelines.schema.schema import LabelSchema
from metrics.stats.aggregation.answers import CannotAggregate
from metrics.stats.aggregation.methods import aggregate
from releases import services
from tests.adjudication.test_aggregation_pages import words
from tests.adjudication.test_pages import browser
from tests.factories import actor, client_for, make_member, settle
from tests.metrics import data_sets
from tests.releases.build import reread
from tests.releases.test_aggregation import WAIVED, read

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = {"name": "better", "kind": "preference", "fields": ["a1", "a2"], "extra": ["tie", "cannot_judge"]}
MAPPING = {
    "external_id": "id", "fields": {"a1": "a1", "a2": "a2"}, "annotator": "who", "answers": {"better": "better"},
}  # fmt: skip


def league(pairs):
    """A project of these (content, content, answers of its people), imported."""
    rows = [
        {"id": str(number), "a1": one, "a2": other, "who": f"w{person}", "better": answer}
        for number, (one, other, answers) in enumerate(pairs)
        for person, answer in enumerate(answers)
    ]
    source = data_sets.Source([QUESTION], ("a1", "a2"), MAPPING, rows)
    project, client = data_sets.project_of(source)
    data_sets.import_rows(project, client, source.rows, source.mapping)
    return project


def put_in_force(project):
    set_aggregation_policy(
        by=actor(project.created_by), project=project, methods={"better": {"method": "bradley_terry"}}, note="",
        now=timezone.now(), verify=lambda _policy: None,
    )  # fmt: skip


def fitted(project):
    put_in_force(project)
    asked = aggregating.request_aggregation(
        by=actor(project.created_by), project=project, question="better", now=timezone.now(),
        as_of=wait_for_cut(project=project.id),
    )  # fmt: skip
    settle()
    return Aggregation.objects.get(pk=asked.pk)


def gold(project):
    rows = gold_rows(project, as_of=wait_for_cut(project=project.id))
    return {row.external_id: row for row in rows}


PAIRS = [
    ("red", "green", ["a1", "a1", "a2"]),
    ("green", "blue", ["a1", "a2", "tie", "cannot_judge"]),
    ("blue", "red", ["a2", "a1", "a2", "a2"]),
    ("green", "red", ["a2", "a1", "tie"]),
    ("red", "red", ["a1", "a2"]),
    ("grey", "red", ["a1", "a1", "a1"]),
    ("blue", "grey", ["cannot_judge", "cannot_judge"]),
]


def by_hand():
    """Strengths of PAIRS at the maximum of the likelihood, with a tenth of a game won and lost by everyone."""
    names = ["red", "green", "blue", "grey"]
    wins = {(a, b): 0.0 for a in names for b in names}
    for one, other, answers in PAIRS:
        for answer in answers if one != other else []:
            if answer != "cannot_judge":
                wins[one, other] += {"a1": 1.0, "a2": 0.0}.get(answer, 0.5)
                wins[other, one] += {"a1": 0.0, "a2": 1.0}.get(answer, 0.5)

    def loss(theta):
        at = dict(zip(names, theta, strict=False))
        games = sum(n * math.log1p(math.exp(at[b] - at[a])) for (a, b), n in wins.items())
        ends = [sign * (at[name] - theta[-1]) for name in names for sign in (1, -1)]
        return games + 0.1 * sum(math.log1p(math.exp(end)) for end in ends)

    found = minimize(loss, [0.0] * 5, method="BFGS", options={"gtol": 1e-9}).x[:4]
    return dict(zip(names, found - found.mean(), strict=True))


def test_the_strengths_of_contents_answer_the_items_that_show_them():
    project = league(PAIRS)
    run, strength = fitted(project), by_hand()
    named = {content_hash(name): name for name in strength}
    rows = {named[row["contestant"]]: row for row in run.strengths}
    assert {name: row["strength"] for name, row in rows.items()} == pytest.approx(strength, abs=1e-4)
    assert {name: row["n"] for name, row in rows.items()} == {"red": 13, "green": 9, "blue": 7, "grey": 3}
    assert [named[row["contestant"]] for row in run.strengths] == sorted(strength, key=strength.get, reverse=True)
    found = gold(project)
    for number in ("0", "1", "2", "3"):
        one, other, _ = PAIRS[int(number)]
        chance = 1 / (1 + math.exp(strength[other] - strength[one]))
        assert (found[number].answer, found[number].source) == ("a1" if chance > 0.5 else "a2", "model")
        shares = {row["answer"]: row["share"] for row in found[number].distribution}
        assert shares == pytest.approx({"a1": chance, "a2": 1 - chance}, abs=1e-4)
    assert "4" not in found  # one content against itself is a tie
    assert (found["5"].answer, found["5"].source) == ("a1", "unanimous")
    assert (run.n_tied, run.converged, run.annotators) == (1, True, [])
    assert run.iterations > 0
    assert {"choix", "numpy", "scipy", "concord.aggregation"} <= run.software.keys()
    short = run.comparisons["bradley_terry"]["short"]
    assert short == ["3 of 4 contestants were compared in fewer than 10 answers."]


def test_a_case_says_what_the_strengths_propose_and_the_api_tells_them():
    project = league(PAIRS)
    run = fitted(project)
    case = Case.objects.get(project=project, item__external_id="0")
    ((proposed, answer),) = [pair for pair in proposals_for(project, case) if pair[0] == run]
    assert (proposed.method, answer.answer) == ("bradley_terry", "a1")
    client = client_for(project.created_by)
    address = f"/api/v1/projects/{project.slug}/aggregation-policy/runs/{run.pk}"
    assert client.get(address).json()["strengths"] == run.strengths
    labels_too = client_for(make_member(project, "manager", "annotator"))
    assert labels_too.get(address).json()["strengths"] == []


def test_contents_that_nothing_connects_are_refused_in_words_and_leave_the_rest_alone():
    project = league([("red", "green", ["a1", "a2", "a2"]), ("blue", "grey", ["a1", "a2", "a2"])])
    run = fitted(project)
    said = run.comparisons["bradley_terry"]["reason"]
    assert "2 groups that no comparison connects" in said
    assert (run.strengths, gold(project), run.comparisons["majority"]["answered"]) == ([], {}, 2)
    assert "2 groups that no comparison connects" in words(browser(project.created_by).get(page_of(project)))

    case = Case.objects.filter(project=project).earliest("pk")
    (body,) = [body for body in proposal_bodies(project, case) if body["method"] == "bradley_terry"]
    assert (body["answer"], body["reason"]) == (None, said)
    rows = proposal_rows(project, schema_at(project, None), case)
    shown = " ".join(render_to_string("adjudication/_proposals.html", {"proposals": rows}).split())
    assert "no answer</span>" in shown
    assert said in shown


def test_of_too_many_contestants_no_more_is_kept_than_says_so():
    schema = LabelSchema((QUESTION | {"title": "Better?"},))
    ballot, contestants = Ballot(Coder(schema, "better")), Contestants(schema, "better")
    for number in range(1500):
        ballot.add(["a1", "a2"], ["w1", "w2"])
        contestants.add(new_id(), {"a1": number, "a2": -1 - number})
    assert contestants.is_crowded
    games = contestants.games(ballot.answers(with_people=True))
    assert len(games.contestants) == 2001
    with pytest.raises(CannotAggregate, match="more than 2000"):
        aggregate(games, "bradley_terry")


def test_an_item_without_one_of_the_contents_compares_nothing():
    schema = LabelSchema((QUESTION | {"title": "Better?"},))
    ballot, contestants = Ballot(Coder(schema, "better")), Contestants(schema, "better")
    for fields in ({"a1": "red", "a2": "green"}, {"a1": "red"}):
        ballot.add(["a1", "furious"], ["w1", "w2"])  # the second from another version of the question
        contestants.add(new_id(), fields)
    games = contestants.games(ballot.answers(with_people=True))
    assert (games.unit.tolist(), games.value.tolist(), len(games.contestants)) == ([0], [0], 2)
    found = aggregate(games, "bradley_terry")
    assert (found.value_of(0), found.value_of(1)) == ("a1", None)
    assert [row["n"] for row in contestants.strengths(games, found)] == [1, 1]


def page_of(project):
    return f"/p/{project.slug}/aggregation/"


def test_the_page_shows_the_strongest_and_says_how_many_there_are():
    names = [f"text {number}" for number in range(22)]
    pairs = [(one, other, ["a1", "a1", "a2"]) for one, other in pairwise(names)]
    project = league(pairs)
    fitted(project)
    client = browser(project.created_by)
    text = words(client.get(page_of(project)))
    assert "Contestants by strength" in text
    assert "The 20 strongest of 22 contestants" in text
    assert "text 0 0 , a1" in text
    assert "text 21" not in text.split("Contestants by strength")[1]
    assert "At least 10 answers a contestant" in text
    assert "22 of 22 contestants were compared in fewer than 10 answers." in text
    labels_too = browser(make_member(project, "manager", "annotator"))
    assert "Contestants by strength" not in words(labels_too.get(page_of(project)))


def test_a_release_tells_the_strengths():
    project = league(PAIRS)
    put_in_force(project)
    release = services.cut_release(
        by=actor(project.created_by), project=project, version="1.0.0", now=timezone.now(), waivers=WAIVED,
        as_of=wait_for_cut(project=project.id),
    )  # fmt: skip
    settle()
    release = reread(release)
    assert release.state == "published", release.gates
    found = Aggregation.objects.get(project=project)
    told = json.loads(read(release, "aggregation.json"))["questions"]["better"]
    assert told["strengths"] == found.strengths != []
    assert (told["iterations"], told["converged"], told["annotators"]) == (found.iterations, True, [])
    assert "strengths" not in release.manifest["aggregation"]["questions"]["better"]
    assert "one strength, the same for all annotators" in read(release, "README.md").decode()
    rows = [json.loads(line) for line in read(release, "data/items.jsonl").splitlines()]
    assert [row["better_source"] for row in rows].count("model") == 4
    Aggregation.objects.filter(project=project).delete()
    assert services.verify_release(release=release) == []


def test_convincing_arguments_are_told_as_often_as_by_the_votes():
    source = data_sets.arguments("firefox")
    truth = data_sets.argument_gold("firefox")
    project, client = data_sets.project_of(source)
    data_sets.import_rows(project, client, source.rows, source.mapping)
    run, found = fitted(project), gold(project)
    assert (run.n_units, run.converged) == (351, True)
    texts = {row[field] for row in source.rows for field in ("a1", "a2")}
    assert {row["contestant"] for row in run.strengths} == {content_hash(text) for text in texts}
    apart = [row for row in source.rows if row["a1"] != row["a2"]]  # one pair has the same text on both sides
    assert sum(row["n"] for row in run.strengths) == 2 * len(apart)
    decided = [name for name, label in truth.items() if label in ("a1", "a2")]
    right = sum(name in found and found[name].answer == truth[name] for name in decided)
    assert right / len(decided) > 0.8
