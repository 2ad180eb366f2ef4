"""The fields of a new project, as they are written on the page."""

import pytest

from projects.forms import NewProjectForm

pytestmark = pytest.mark.unit
FORM = {"name": "Cars", "slug": "cars", "overlap": "2", "field_name": "caption", "field_type": "text"}


def test_more_fields_are_one_a_line_with_what_they_hold():
    form = NewProjectForm(FORM | {"more_fields": "photo: Image\n\n model_x \n"})
    assert form.is_valid()
    assert [(f["name"], f["type"], f["title"], f["required"]) for f in form.as_project()["fields"]] == [
        ("caption", "text", "Caption", True), ("photo", "image", "Photo", False), ("model_x", "text", "Model x", False),
    ]  # fmt: skip


def test_what_no_field_can_hold_is_named():
    form = NewProjectForm(FORM | {"more_fields": "photo: picture"})
    assert form.errors["more_fields"] == [
        "“picture” is not what a field can hold; use text, markdown, chat, image, number, json."
    ]
