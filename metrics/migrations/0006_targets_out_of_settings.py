from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

UNTOLD = "Set before reasons were asked for."


def move_targets(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """`settings.targets` of a project becomes rows of its own, each with number 1."""
    Project, Target = apps.get_model("projects", "Project"), apps.get_model("metrics", "Target")
    for project in Project.objects.filter(settings__has_key="targets").iterator():
        for question, alpha, reason in _readable(project.settings.pop("targets")):
            kept = {"alpha": alpha, "reason": reason, "created_by": project.created_by_id}
            Target.objects.get_or_create(project=project, question=question, number=1, defaults=kept)
        project.save(update_fields=["settings"])


def _readable(targets: Any) -> Iterator[tuple[str, float, str]]:
    """What was ever read of them: a number, or `{alpha, reason}`."""
    for question, given in targets.items() if isinstance(targets, dict) else ():
        alpha, reason = (given.get("alpha"), given.get("reason")) if isinstance(given, dict) else (given, None)
        if isinstance(alpha, (int, float)) and not isinstance(alpha, bool) and -1 <= alpha <= 1:
            yield question[:80], float(alpha), str(reason or UNTOLD)


class Migration(migrations.Migration):

    dependencies = [
        ('metrics', '0005_slices_targets_and_people'),
    ]

    operations = [migrations.RunPython(move_targets, migrations.RunPython.noop)]
