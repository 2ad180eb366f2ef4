"""Images: what is taken, where it is kept, and who may see it."""

import base64
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from annotation.services import open_production_round
from intake import images, rasters
from intake.errors import ImageInUse
from intake.fields import FieldSpec, read_field
from intake.lookup import RefusedRow
from intake.models import ImageFile
from intake.selectors import missing_images
from intake.services import NewItem, check_fields, create_batch, create_items
from tests import factories

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"1" * 40
GIF, WEBP = b"GIF89a" + b"2" * 40, b"RIFF\x10\0\0\0WEBPVP8 " + b"3" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FIELDS = [{"name": "photo", "type": "image", "title": "Photo", "required": True}]


def data_url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp"), (SVG, None), (b"", None),
        (b"RIFF\x10\0\0\0WAVE", None), (b"<html>GIF89a", None),
    ],
)  # fmt: skip
def test_the_type_is_told_by_the_content(head: bytes, found: str | None) -> None:
    assert rasters.sniff(head[: rasters.NEEDED]) == found


@pytest.mark.parametrize(
    "value",
    [
        "cat.png", "https://elsewhere.example/cat.png", "Übung 1.JPG", data_url(PNG), data_url(GIF, "image/gif"),
        data_url(WEBP, "image/webp"),
    ],
)  # fmt: skip
def test_names_and_data_urls_are_taken(value: str) -> None:
    assert rasters.wrong_image(value) is None
    assert check_fields(FIELDS, {"photo": value}) == []
    assert read_field(FieldSpec("photo", "image"), "c", value, tabular=True) == value


@pytest.mark.parametrize(
    "value",
    [
        "x" * 256, data_url(SVG, "image/svg+xml"), data_url(SVG), data_url(PNG, "image/jpeg"), "data:text/html,<b>",
        "DATA:image/png;base64,AAAA", "data:image/png;base64,A", "data:image/png,rawbytes", "data:",
        data_url(PNG + b"0" * rasters.MOST_INLINE),
    ],
)  # fmt: skip
def test_other_values_are_refused(value: str) -> None:
    assert rasters.wrong_image(value)
    (problem,) = check_fields(FIELDS, {"photo": value})
    assert problem.detail.endswith(".")
    with pytest.raises(RefusedRow) as refused:
        read_field(FieldSpec("photo", "image"), "c", value, tabular=True)
    assert refused.value.code == "bad_image"


@given(st.text(max_size=300))
def test_names_are_plain(name: str) -> None:
    kept = rasters.uploaded_name(name)
    assert len(kept) <= 255
    assert not {"/", "\\", "\n", "\0"} & set(kept)
    assert rasters.uploaded_name(kept) == kept


def upload(name: str, data: bytes, media_type: str = "text/html") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, media_type)


@pytest.fixture
def project(db: None) -> Any:
    return factories.make_project(fields=FIELDS)


def store(project: Any, *uploads: SimpleUploadedFile) -> images.Stored:
    return images.store_images(by=factories.actor(project.created_by), project=project, uploads=uploads)


def test_what_is_an_image_is_kept_and_the_rest_is_named(project: Any) -> None:
    stored = store(
        project, upload("a.png", PNG), upload("../b.txt", JPEG), upload("c.png", SVG), upload("a.png", GIF),
        upload("a.png", PNG), upload("\n", PNG),
        upload("data:x", PNG),
    )  # fmt: skip
    assert [(i.name, i.media_type, i.size) for i in stored.created] == [
        ("a.png", "image/png", len(PNG)), ("b.txt", "image/jpeg", len(JPEG)),
    ]  # fmt: skip
    assert stored.known == ["a.png"]
    assert [name for name, _ in stored.refused] == ["c.png", "a.png", "", "data:x"]
    for image, data in zip(stored.created, (PNG, JPEG), strict=True):
        with default_storage.open(image.stored_as) as kept:
            assert kept.read() == data
        assert Path(image.stored_as).parent == Path("images")
        assert "b.txt" not in image.stored_as
    assert ImageFile.objects.count() == 2


def test_too_large_too_many(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_BYTES", len(PNG))
    monkeypatch.setattr(images, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(images, "MOST_IN_PROJECT", 1)
    stored = store(project, upload("a", PNG + b"0"), upload("b", PNG), upload("c", PNG), upload("d", PNG))
    assert [image.name for image in stored.created] == ["b"]
    assert [name for name, _ in stored.refused] == ["a", "c", "d"]


def test_an_image_that_an_item_names_stays(project: Any) -> None:
    (used, spare) = store(project, upload("ü.png", PNG), upload("z.png", PNG)).created
    name = unicodedata.normalize("NFD", "ü.png")
    make_item(project, name)
    make_item(project, "gone.png")
    assert missing_images(project) == ["gone.png"]
    with pytest.raises(ImageInUse):
        images.remove_image(by=factories.actor(project.created_by), image=used)
    images.remove_image(by=factories.actor(project.created_by), image=spare)
    assert list(ImageFile.objects.values_list("name", flat=True)) == ["ü.png"]


def make_item(project: Any, photo: str) -> Any:
    by = factories.actor(project.created_by)
    batch = create_batch(by=by, project=project, name=f"batch of {photo}"[:200])
    return create_items(by=by, project=project, batch=batch, rows=[NewItem(None, {"photo": photo}, {})]).created[0]


# --- pages --------------------------------------------------------------------------------------------------------


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(project: Any, name: str, item: Any = None) -> str:
    return f"/p/{project.slug}/files/{name}" + (f"?item={item.id}" if item else "")


@pytest.mark.django_db(transaction=True)
def test_a_manager_uploads_and_looks(project: Any) -> None:
    client = browser(project.created_by)
    page = f"/p/{project.slug}/images/"
    assert b"No image was uploaded yet" in client.get(page).content
    sent = client.post(page, {"images": [upload("a.png", PNG), upload("b c.gif", GIF)]})
    assert (sent.status_code, sent["Location"]) == (302, page)
    refused = client.post(page, {"images": [upload("evil.svg", SVG), upload("d.webp", WEBP)]})
    assert refused.status_code == 422
    html = refused.content.decode()
    assert "evil.svg: This is no PNG" in html
    assert "d.webp" in html
    assert client.post(page, {}).status_code == 422
    assert ImageFile.objects.filter(project=project).count() == 3
    image = ImageFile.objects.get(name="a.png")
    assert client.post(page, {"do": "remove", "image": str(image.pk)}).status_code == 302
    assert client.post(page, {"do": "remove", "image": str(image.pk)}).status_code == 404
    assert not ImageFile.objects.filter(name="a.png").exists()
    assert not default_storage.exists(image.stored_as)


@pytest.mark.django_db(transaction=True)
def test_an_image_is_served_as_nothing_else(project: Any) -> None:
    store(project, upload("ü <b>.png", PNG, "text/html"))
    client = browser(project.created_by)
    answer = client.get(address(project, "%C3%BC%20%3Cb%3E.png"))
    assert (answer.status_code, b"".join(answer)) == (200, PNG)
    answer.close()
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"].startswith("private")
    assert "sandbox" in answer["Content-Security-Policy"]
    again = client.get(address(project, "%C3%BC%20%3Cb%3E.png"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert client.get(address(project, "none.png")).status_code == 404
    default_storage.delete(ImageFile.objects.get().stored_as)
    assert client.get(address(project, "%C3%BC%20%3Cb%3E.png")).status_code == 404


def status(user: Any, place: str) -> int:
    answer = browser(user).get(place)
    answer.close()
    return int(answer.status_code)


@pytest.mark.django_db(transaction=True)
def test_who_may_see_an_image(project: Any) -> None:
    store(project, upload("a.png", PNG))
    item, other = make_item(project, "a.png"), make_item(project, "b.png")
    open_production_round(by=factories.actor(project.created_by), batch=item.batch, now=timezone.now())
    name = {"name": "seen", "kind": "choice", "title": "Seen?",
            "labels": [{"value": "y", "title": "Y"}, {"value": "n", "title": "N"}]}  # fmt: skip
    factories.publish_guideline(project, [name], clauses=[])
    annotator, idle = factories.make_member(project, "annotator"), factories.make_member(project, "annotator")
    for place in (address(project, "a.png"), address(project, "a.png", item)):
        assert status(annotator, place) == 404
    factories.acknowledge(project, annotator)
    factories.label(annotator, project, {"seen": "y"}, count=1)
    for place in (address(project, "a.png"), address(project, "a.png", item)):
        assert status(annotator, place) == 200
        assert status(idle, place) == 404
        assert status(factories.make_member(project, "adjudicator"), place) == 404
        assert status(factories.make_member(project, "consumer"), place) == 403
        assert status(factories.make_user(), place) == 404
        assert Client().get(place).status_code == 302
    assert status(annotator, address(project, "a.png", other)) == 404
    assert status(annotator, address(project, "a.png") + "?item=nonsense") == 404
    assert status(annotator, f"/p/{project.slug}/images/") == 403
