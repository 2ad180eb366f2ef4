"""Prove that a release still is the bytes that were published."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import ConcordError
from projects.models import Project
from releases.selectors import release_in
from releases.services import verify_release


class Command(BaseCommand):
    help = "Hash every file of a release, compare it with the manifest, and build it again from its cut."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way: here it names the release.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--version", required=True, dest="release_version", help="x.y.z")
        parser.add_argument("--no-rebuild", action="store_true", help="only hash what is stored")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            release = release_in(project, options["release_version"])
            problems = verify_release(release=release, rebuild=not options["no_rebuild"])
        except ConcordError as error:
            raise CommandError(error.detail) from error
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{release.version} is intact, content hash {release.content_hash}")
