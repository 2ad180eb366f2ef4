"""Reads over batches, items and imports. What an import is still loading is seen by nobody."""

import unicodedata
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from core.ids import parse_id
from events.models import Job
from intake.fields import TEXT_TYPES
from intake.models import Batch, ImageFile, Import, Item, RejectedRow
from intake.rasters import same_name
from projects.models import Project


def visible_items(project: Project) -> QuerySet[Item]:
    return Item.objects.filter(project=project, batch__state=Batch.State.READY)


def item_in(project: Project, item_id: UUID | None) -> Item | None:
    return visible_items(project).select_related("batch").filter(pk=item_id).first() if item_id else None


def visible_batches(project: Project) -> QuerySet[Batch]:
    return Batch.objects.filter(project=project, state=Batch.State.READY)


def with_item_counts(batches: QuerySet[Batch]) -> QuerySet[Any]:
    """Each batch with `item_count`, and its audience read."""
    return batches.annotate(item_count=Count("items")).prefetch_related("audience__team")


def batch_in(project: Project, batch_id: UUID | None) -> Any:
    """A visible batch with its `item_count`, or None."""
    rows = with_item_counts(visible_batches(project))
    return rows.filter(pk=batch_id).first() if batch_id else None


def find_batch(project: Project, name: str) -> Batch | None:
    """The visible batch of this name, or of this id."""
    wanted = Q(name=name)
    if (batch_id := parse_id(name)) is not None:
        wanted |= Q(pk=batch_id)
    return visible_batches(project).filter(wanted).first()


def search_items(project: Project, *, batch: str | None = None, q: str | None = None) -> QuerySet[Item]:
    """Visible items of one batch (its name or id), whose id or one of whose texts holds `q`, case ignored."""
    rows = visible_items(project).select_related("batch")
    if batch:
        found = find_batch(project, batch)
        rows = rows.filter(batch=found) if found else rows.none()
    if q:
        wanted = Q(external_id__icontains=q)
        texts = [f["name"] for f in project.fields if f.get("type", "text") in TEXT_TYPES]
        for number, name in enumerate(texts):
            rows = rows.alias(**{f"text{number}": KeyTextTransform(name, "fields")})
            wanted |= Q(**{f"text{number}__icontains": q})
        rows = rows.filter(wanted)
    return rows


def imports_of(project: Project) -> QuerySet[Import]:
    return Import.objects.filter(project=project).select_related("batch")


def import_in(project: Project, import_id: UUID | None) -> Import | None:
    return imports_of(project).filter(pk=import_id).first() if import_id else None


def jobs_by_id(imports: Iterable[Import]) -> dict[UUID, Job]:
    """The jobs of these imports: an import and its job have one id."""
    return Job.objects.in_bulk([source.id for source in imports])


def rejected_rows(source: Import) -> QuerySet[RejectedRow]:
    """In the order of the file."""
    return RejectedRow.objects.filter(source=source).order_by("pk")


# --- Images ------------------------------------------------------------------------------------------------------


def image_fields(project: Project) -> list[str]:
    """The names of the fields that hold images."""
    return [field["name"] for field in project.fields if field.get("type") == "image"]


def images_of(project: Project) -> QuerySet[ImageFile]:
    return ImageFile.objects.filter(project=project)


def image_named(project: Project, name: str) -> ImageFile | None:
    return images_of(project).filter(name=same_name(name)).first()


def image_in(project: Project, image_id: UUID | None) -> ImageFile | None:
    return images_of(project).filter(pk=image_id).first() if image_id else None


def items_showing(project: Project, name: str) -> QuerySet[Item]:
    """The visible items that name this image, in one spelling of composed characters or the other."""
    rows, wanted = visible_items(project), Q(pk__in=[])
    for number, field in enumerate(image_fields(project)):
        rows = rows.alias(**{f"image{number}": KeyTextTransform(field, "fields")})
        wanted |= Q(**{f"image{number}__in": [same_name(name), unicodedata.normalize("NFD", name)]})
    return rows.filter(wanted)


def shows_image(project: Project, item: Item, name: str) -> bool:
    values = (item.fields.get(field) for field in image_fields(project))
    return any(isinstance(value, str) and same_name(value) == same_name(name) for value in values)


def missing_images(project: Project, most: int = 20) -> list[str]:
    """Some of the names that items give and no uploaded image has."""
    missing: set[str] = set()
    known = set(images_of(project).values_list("name", flat=True))
    for field in image_fields(project):
        given = visible_items(project).annotate(image=KeyTextTransform(field, "fields"))
        names = given.filter(image__gt="").exclude(image__startswith="data:")
        for name in names.values_list("image", flat=True).distinct().iterator():
            if same_name(name) not in known:
                missing.add(name)
            if len(missing) > most:
                return sorted(missing)
    return sorted(missing)
