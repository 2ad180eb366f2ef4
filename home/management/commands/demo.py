"""`up` with the demo data; with DEMO_ONCE=1 it shows the whole loop once and ends."""

import os
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from core import supervisor
from home.demo import show, story
from projects.models import Project


class Command(BaseCommand):
    help = "Bring everything up with the demo project, on the embedded services."

    def handle(self, *args: Any, **options: Any) -> None:
        once = os.environ.get("DEMO_ONCE", "") not in {"", "0"}
        code = supervisor.run(before_serving=self.prepare, after_ready=self.greet, once=once)
        if code:
            raise SystemExit(code)

    def prepare(self) -> None:
        """Make the demo project, once."""
        if Project.objects.filter(slug=story.SLUG).exists():
            return
        self.stdout.write("Making the demo project (once) …")
        story.tell(lambda line: self.stdout.write(f"  {line}"))
        connections.close_all()

    def greet(self, base_url: str) -> None:
        self.stdout.write(show.main_job(base_url))
        self.stdout.write(show.welcome(base_url))
        connections.close_all()
