"""Images that managers upload for items to name: looked at, stored under a name made here, found under their own."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from core.ids import new_id
from events.actor import Actor
from events.services import append_event
from intake.errors import ImageInUse
from intake.models import ImageFile
from intake.rasters import NEEDED, TYPES, sniff, uploaded_name
from intake.selectors import items_showing
from projects.models import Project

FOLDER = "images"
MOST_BYTES = 20 * 1024 * 1024
MOST_AT_ONCE = 100
MOST_IN_PROJECT = 100_000


class Upload(Protocol):
    """What is needed of an uploaded file."""

    name: str | None
    size: int | None
    file: BinaryIO

    def chunks(self) -> Iterable[bytes]: ...


@dataclass
class Stored:
    """What became of each upload, by the name under which it came."""

    created: list[ImageFile] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Images that were there already, byte for byte."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Name and a sentence."""


def store_images(*, by: Actor, project: Project, uploads: Sequence[Upload]) -> Stored:
    """Keep what is an image under a name that is free; what is not is named with the reason and hinders nothing else.

    An image is never replaced: another one under the same name is refused.
    """
    stored = Stored()
    room = MOST_IN_PROJECT - ImageFile.objects.filter(project=project).count()
    for index, upload in enumerate(uploads):
        name = uploaded_name(upload.name)
        if index >= MOST_AT_ONCE:
            stored.refused.append((name, f"At most {MOST_AT_ONCE} images are taken at once; send it again."))
        elif len(stored.created) >= room:
            stored.refused.append(
                (name, f"The project holds {MOST_IN_PROJECT} images, which is the most there can be.")
            )
        else:
            _store(stored, by, project, name, upload)
    return stored


def _store(stored: Stored, by: Actor, project: Project, name: str, upload: Upload) -> None:
    digest, size, head = hashlib.sha256(), 0, b""
    for chunk in upload.chunks():
        digest.update(chunk)
        size += len(chunk)
        head = (head + chunk[:NEEDED])[:NEEDED]
    media_type = sniff(head)
    why = _refusal(name, size, media_type)
    if why or media_type is None:
        stored.refused.append((name, why))
        return
    image = ImageFile(project=project, name=name, media_type=media_type, sha256=digest.hexdigest(), size=size,
                      created_by=by.required.pk)  # fmt: skip
    known = _keep(by, image, upload)
    if known is None:
        stored.created.append(image)
    elif known.sha256 == image.sha256:
        stored.known.append(name)
    else:
        stored.refused.append((name, "Another image has this name already. Give this one a name of its own."))


def _refusal(name: str, size: int, media_type: str | None) -> str:
    if not name:
        return "The file has no name that can be shown; give it one."
    if ":" in name or not name.strip("."):
        return "An item could not name it, since the name looks like an address; rename the file."
    if size > MOST_BYTES:
        return f"The image is larger than {MOST_BYTES // 1024**2} MB; make it smaller."
    return "" if media_type else "This is no PNG, JPEG, WebP or GIF, whatever its name says."


def _keep(by: Actor, image: ImageFile, upload: Upload) -> ImageFile | None:
    """Write the file and its row; the image that has the name already where there is one."""
    image.stored_as = f"{FOLDER}/{new_id()}{TYPES[image.media_type]}"
    try:
        with transaction.atomic():
            made = ImageFile.objects.bulk_create([image], ignore_conflicts=True)
            kept = ImageFile.objects.get(project=image.project, name=image.name)
            if kept.pk != made[0].pk:
                return kept
            upload.file.seek(0)
            image.stored_as = default_storage.save(image.stored_as, File(upload.file))
            kept.stored_as = image.stored_as
            kept.save(update_fields=["stored_as"])
            append_event(by=by, action="project.changed", project=image.project_id, object_type="image",
                         object_id=image.id, after={"name": image.name, "sha256": image.sha256})  # fmt: skip
    except BaseException:  # whatever it was, a file without a row would never be found again
        default_storage.delete(image.stored_as)
        raise
    return None


def remove_image(*, by: Actor, image: ImageFile) -> None:
    """Take away an image that no item names. Raises ImageInUse."""
    with transaction.atomic():
        locked = ImageFile.objects.select_for_update().get(pk=image.pk)
        if items_showing(locked.project, locked.name).exists():
            raise ImageInUse
        append_event(by=by, action="project.changed", project=locked.project_id, object_type="image",
                     object_id=locked.id, before={"name": locked.name, "sha256": locked.sha256})  # fmt: skip
        locked.delete()
        transaction.on_commit(lambda: default_storage.delete(locked.stored_as))
