"""Cut a release from the command line."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.errors import ConcordError
from events.actor import Actor
from events.services import wait_for_cut
from projects.models import Project
from releases.models import Release
from releases.selectors import release_in
from releases.services import cut_release

PATIENCE = 4 * 3600


class Command(BaseCommand):
    help = "Cut a release of a project. The worker builds it; with --wait this ends when it is published or blocked."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way: here it names the release.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="the project's slug")
        parser.add_argument("--version", required=True, dest="release_version", help="x.y.z")
        parser.add_argument("--note", default="", help="what is in it and why")
        parser.add_argument("--as-of", type=int, default=None, help="a sequence number of the project's log")
        parser.add_argument("--wait", action="store_true", help="wait until it is published or blocked")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.select_related("created_by").filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            release = cut_release(
                by=Actor(project.created_by), project=project, version=options["release_version"],
                note=options["note"], as_of=wait_for_cut(project=project.id, as_of=options["as_of"]),
                now=timezone.now(),
            )  # fmt: skip
        except ConcordError as error:
            raise CommandError(" ".join([error.detail, *(e.detail for e in error.errors)])) from error
        self.stdout.write(f"{release.version} is being built from cut {release.as_of}")
        if options["wait"]:
            self._wait(project, release.version)

    def _wait(self, project: Project, version: str) -> None:
        until = time.monotonic() + PATIENCE
        release = release_in(project, version)
        while release.state == Release.State.BUILDING and time.monotonic() < until:
            time.sleep(0.5)
            release = release_in(project, version)
        for gate in release.gates:
            self.stdout.write(f"{gate['result']:8} {gate['name']}: {gate['detail']}")
        if not release.is_final:
            raise CommandError(f"{version} is {release.state}.")
        self.stdout.write(f"{version} is published, content hash {release.content_hash}")
