"""Questions over several guideline versions, and the command that compares and rebuilds."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from metrics.models import Pattern
from metrics.questions import measured_questions, published
from tests import factories as make
from tests.metrics.conftest import Stage


def choice(*values: str, name: str = "q") -> dict[str, Any]:
    labels = [{"value": value, "title": value.upper()} for value in values]
    return {"name": name, "kind": "choice", "title": name, "required": True, "labels": labels}


@pytest.mark.django_db
def test_categories_are_the_current_ones_then_the_older() -> None:
    project = make.make_project()
    make.publish_guideline(project, [choice("a", "b"), choice("x", "y", name="gone")], clauses=[])
    make.publish_guideline(project, [choice("c", "b")], clauses=[])
    found = measured_questions(published(project))
    assert list(found) == ["q", "gone"]
    assert found["q"].categories == ("c", "b", "a")
    assert (found["q"].is_current, found["gone"].is_current) == (True, False)
    assert found["q"].title_of("a") == "A"


@pytest.mark.django_db
def test_a_scale_is_ordered_by_number_and_a_changed_one_is_nominal() -> None:
    project = make.make_project()
    make.publish_guideline(project, [make.RATING], clauses=[])
    make.publish_guideline(project, [{**make.RATING, "min": 0, "max": 3}], clauses=[])
    force = measured_questions(published(project))["force"]
    assert (force.level, force.categories) == ("ordinal", (0, 1, 2, 3, 4, 5))
    make.publish_guideline(project, [choice("weak", "strong", name="force")], clauses=[])
    force = measured_questions(published(project))["force"]
    assert force.level == "nominal"
    assert force.categories[:2] == ("weak", "strong")


@pytest.mark.django_db(transaction=True)
def test_the_command_compares_and_rebuilds(stage: Stage) -> None:
    out = io.StringIO()
    call_command("rebuild_agreement", "--check", stdout=out)
    assert "1 projects compared, 0 differences." in out.getvalue()
    Pattern.objects.filter(version=1).delete()
    with pytest.raises(CommandError, match="differ"):
        call_command("rebuild_agreement", "--check", "--project", stage.project.slug, stdout=out)
    call_command("rebuild_agreement", "--project", stage.project.slug, stdout=out)
    assert "counted anew" in out.getvalue()
    call_command("rebuild_agreement", "--check", stdout=out)
    with pytest.raises(CommandError, match="no project"):
        call_command("rebuild_agreement", "--project", "nowhere", stdout=out)
