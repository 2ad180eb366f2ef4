"""`manage.py rebuild_agreement`: count agreement anew from the annotations, or only compare."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from metrics.selectors import count_mismatches
from metrics.services.repair import rebuild_project
from projects.models import Project


class Command(BaseCommand):
    help = "Count units and patterns anew from the annotations. With --check only compare; exit 1 on a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", metavar="SLUG", help="only this project")
        parser.add_argument("--check", action="store_true", help="change nothing, only compare")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Project.objects.order_by("slug")
        projects = list(rows.filter(slug=options["project"]) if options["project"] else rows)
        if options["project"] and not projects:
            raise CommandError(f"There is no project {options['project']}.")
        wrong = 0
        for project in projects:
            found = count_mismatches(project)
            wrong += len(found)
            for mismatch in found:
                self.stdout.write(f"{project.slug}: {mismatch.what} of round {mismatch.round}: {mismatch.detail}")
            if found and not options["check"]:
                rebuild_project(project=project)
                self.stdout.write(f"{project.slug}: counted anew")
        if options["check"] and wrong:
            raise CommandError(f"{wrong} stored counts differ from the annotations.")
        self.stdout.write(f"{len(projects)} projects compared, {wrong} differences.")
