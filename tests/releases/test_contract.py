"""The contract: its default, what is refused, what breaks consumers."""

import copy

import pytest
import yaml

from releases.contract.changes import contract_changes
from releases.contract.checks import asked_gates, contract_problems
from releases.contract.document import NotYaml, default_document, from_yaml, to_yaml
from tests.factories import client_for, make_member, make_project, publish_guideline

FIELDS = [{"name": "text", "type": "text", "title": "Text", "required": True}]
DEFAULT = default_document("an-id", "demo", FIELDS)


def with_gate(**implementation):
    document = copy.deepcopy(DEFAULT)
    rule = {"type": "custom", "engine": "concord", "implementation": implementation}
    document["schema"][0]["quality"].append(rule)
    return document


def test_the_default_is_valid_and_has_three_gates():
    assert contract_problems(DEFAULT, ()) == []
    assert [g.name for g in asked_gates(DEFAULT)] == ["schema", "cases_decided", "stale_share"]
    assert set(DEFAULT) >= {"version", "apiVersion", "kind", "id", "status"}


@pytest.mark.parametrize(
    ("implementation", "pointer"),
    [
        ({"metric": "magic"}, "/metric"),
        ({"metric": "alpha_lower"}, "/question"),
        ({"metric": "alpha_lower", "question": "nothing"}, "/question"),
        ({"metric": "schema", "question": "tone"}, "/question"),
        ({"metric": "stale_share", "mustBeLessThan": "low"}, "/mustBeLessThan"),
        ({"metric": "stale_share", "colour": 1}, "/colour"),
        ({"metric": "alpha_lower", "question": "tone", "mustBe": 1, "mustNotBe": 2}, ""),
    ],
)
def test_a_gate_that_is_not_kept_here_is_refused_by_its_place(implementation, pointer):
    place = f"#/schema/0/quality/3/implementation{pointer}"
    assert place in [e.pointer for e in contract_problems(with_gate(**implementation), ("tone",))]


@pytest.mark.parametrize("metric", [{"metric": "alpha_lower", "question": "tone"}, {"metric": "alpha_lower:tone"}])
def test_both_spellings_of_a_gate_with_a_question_are_one(metric):
    document = with_gate(**metric, mustBeGreaterOrEqualTo=0.7)
    assert contract_problems(document, ("tone",)) == []
    gate = asked_gates(document)[-1]
    assert (gate.name, gate.operator, gate.threshold) == ("alpha_lower:tone", "mustBeGreaterOrEqualTo", 0.7)
    assert contract_problems({**document, "kind": "Other", "more": 1}, ("tone",))


def test_changes_say_what_breaks():
    def breaking(after):
        return [c["breaking"] for c in contract_changes(DEFAULT, after)]

    fewer = copy.deepcopy(DEFAULT)
    fewer["schema"][0]["properties"].pop()
    assert breaking(fewer) == [True]
    assert breaking(with_gate(metric="alpha_lower", question="tone")) == [False]
    weaker = copy.deepcopy(DEFAULT)
    weaker["schema"][0]["quality"][2]["implementation"]["mustBeLessOrEqualTo"] = 0.2
    assert breaking(weaker) == [True]


def test_yaml_comes_back_and_cannot_grow_or_run():
    assert from_yaml(to_yaml(DEFAULT)) == DEFAULT
    assert from_yaml("when: 2026-01-01") == {"when": "2026-01-01"}
    for bad in ("a: &a [1]\nb: *a", "a: [", "!!python/object/apply:os.system ['x']", "a: b: c", "[" * 3000):
        with pytest.raises(NotYaml):
            from_yaml(bad)


@pytest.mark.django_db(transaction=True)
class TestOverRest:
    def test_read_change_and_read_the_former(self):
        project = make_project()
        publish_guideline(project)
        client = client_for(project.created_by)
        url = f"/api/v1/projects/{project.slug}/contract"
        read = client.get(url)
        document = copy.deepcopy(read.json())
        assert client.put(url, document, format="json").status_code == 428
        assert client.put(url, document, format="json", headers={"If-Match": '"x"'}).status_code == 412
        rule = {"metric": "alpha_lower", "question": "tone", "mustBeGreaterOrEqualTo": 0.6}
        document["schema"][0]["quality"].append({"type": "custom", "engine": "concord", "implementation": rule})
        done = client.put(url, document, format="json", headers={"If-Match": read["ETag"]})
        assert done.status_code == 200, done.content
        assert [c["breaking"] for c in done.json()["changes"]] == [False]
        assert client.get(url)["ETag"] == done["ETag"] != read["ETag"]
        assert client.get(f"/api/v1/projects/{project.slug}/contracts/1").json() == read.json()
        assert client.get(f"/api/v1/projects/{project.slug}/contracts/3").status_code == 404

    def test_yaml_both_ways(self):
        project = make_project()
        client = client_for(project.created_by)
        url = f"/api/v1/projects/{project.slug}/contract"
        read = client.get(url, headers={"Accept": "application/yaml"})
        assert read["Content-Type"].startswith("application/yaml")
        document = yaml.safe_load(read.content) | {"status": "draft"}
        sent = client.put(url, yaml.safe_dump(document), content_type="application/yaml",
                          headers={"If-Match": read["ETag"]})  # fmt: skip
        assert sent.status_code == 200, sent.content
        assert client.get(url).json()["status"] == "draft"
        bad = client.put(url, "a: [", content_type="application/yaml", headers={"If-Match": "*"})
        assert bad.status_code == 400
        other = client.put(url, "<a/>", content_type="application/xml", headers={"If-Match": "*"})
        assert other.status_code == 415

    def test_an_unknown_gate_is_refused_with_its_place(self):
        project = make_project()
        answer = client_for(project.created_by).put(
            f"/api/v1/projects/{project.slug}/contract", with_gate(metric="magic"), format="json",
            headers={"If-Match": "*"},
        )  # fmt: skip
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "#/schema/0/quality/3/implementation/metric"

    def test_roles(self):
        project = make_project()
        url = f"/api/v1/projects/{project.slug}/contract"
        consumer = client_for(make_member(project, "consumer"))
        assert consumer.get(url).status_code == 200
        assert consumer.put(url, DEFAULT, format="json", headers={"If-Match": "*"}).status_code == 403
        assert client_for(make_member(project, "annotator")).get(url).status_code == 403
