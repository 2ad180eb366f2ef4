"""Files with sets, numbers and texts: the mapping page offers the questions, and their answers are read."""

import json
from typing import Any

import pytest
from django.test import Client

from annotation.models import Annotation
from events import jobs
from intake.models import Import
from tests import factories
from tests.annotation.test_import_pages import upload

pytestmark = pytest.mark.django_db(transaction=True)
LABELS = [{"value": v, "title": v.title()} for v in ("work", "home", "money")]
QUESTIONS = [
    {"name": "topics", "kind": "multichoice", "title": "Which topics?", "required": True, "labels": LABELS},
    {"name": "weight", "kind": "number", "title": "How heavy?", "required": True, "level": "ratio", "max": 9},
    {"name": "why", "kind": "text", "title": "Why so?", "required": True},
]
FILE = (
    b"id,text,who,topics,weight,why\n"
    b'1,One,ann,"[""work"",""home""]",4.5,"so, and so"\n'
    b"1,One,bob,[],3,because\n"
    b'2,Two,ann,"[""gone""]",3,x\n'
    b"2,Two,bob,work,3,x\n"
    b'2,Two,cem,"[""work""]",heavy,x\n'
    b'2,Two,dan,"[""work""]",12,x\n'
    b'2,Two,eve,"[""work""]",1,\n'
)
CHOSEN = {
    "external_id": "id", "field_text": "text", "annotator": "who", "identity": "person", "shape": "row",
    "repeats": "refuse", "null_values": "", "raw": "", "batch": "", "mode": "commit",
    "answer_topics": "topics", "answer_weight": "weight", "answer_why": "why",
}  # fmt: skip


def test_from_a_file_to_answers() -> None:
    project: Any = factories.make_project()
    factories.publish_guideline(project, QUESTIONS, clauses=[])
    browser = Client()
    browser.force_login(project.created_by)
    step = upload(browser, project, FILE)
    page = browser.get(step["Location"]).content.decode()
    for title in ("Which topics?", "How heavy?", "Why so?"):
        assert title in page
    committed = browser.post(step["Location"], CHOSEN)
    assert committed.status_code == 302, committed.content.decode()
    jobs.run(Import.objects.get().id)
    kept = [a.answers for a in Annotation.objects.order_by("annotator__name", "pk")]
    assert sorted(kept, key=lambda given: given["weight"]) == [
        {"topics": [], "weight": 3, "why": "because"},
        {"topics": ["work", "home"], "weight": 4.5, "why": "so, and so"},
    ]
    report = b"".join(browser.get(committed["Location"] + "report/").streaming_content).decode()
    codes = [json.loads(line)["code"] for line in report.splitlines()]
    assert codes == ["unknown_label", "wrong_type", "no_number", "out_of_range", "no_answer"]
