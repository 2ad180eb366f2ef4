"""Items as server pages show them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.shown import preview_of, shown_fields
from intake.images import store_images
from intake.models import Item
from tests import factories

pytestmark = pytest.mark.django_db

FIELDS = [
    {"name": "photo", "type": "image", "title": "Photo", "required": False},
    {"name": "talk", "type": "chat", "title": "Talk", "required": False},
    {"name": "more", "type": "json", "title": "More", "required": False},
]


@pytest.fixture
def project() -> Any:
    return factories.make_project(fields=FIELDS)


def test_an_item_is_told_by_its_first_text_else_by_the_name_of_its_image(project: Any) -> None:
    item = Item(project=project, fields={"photo": "cat.png", "talk": [{"content": "Hello"}], "gone": "x"})
    assert (preview_of(project, item, 100), preview_of(project, item, 3)) == ("Hello", "Hel…")
    item.fields = {"photo": "cat.png"}
    assert preview_of(project, item, 100) == "cat.png"
    item.fields = {"photo": "data:image/png;base64,AAAA"}
    assert preview_of(project, item, 100) == ""


def test_fields_are_ready_to_be_shown(project: Any) -> None:
    image = SimpleUploadedFile("cat.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    store_images(by=factories.actor(project.created_by), project=project, uploads=[image])
    talk = [
        {"from": "a", "text": "One"},
        {"role": "b", "content": [{"text": "Two"}, {"text": "lines"}]},
        {"content": "x"},
    ]
    item = Item(project=project, fields={"more": {"a": 1}, "talk": talk, "photo": "cat.png"})
    photo, chat, more = shown_fields(project, item)
    assert (photo["value"], photo["uploaded"]) == ("cat.png", True)
    assert chat["value"] == [
        {"role": "a", "content": "One"}, {"role": "b", "content": "Two\nlines"}, {"role": "?", "content": "x"},
    ]  # fmt: skip
    assert more["value"] == '{\n  "a": 1\n}'
    item.fields = {"photo": "dog.png", "talk": []}
    photo, chat = shown_fields(project, item)
    assert (photo["uploaded"], chat["value"]) == (False, [])
