"""Projects of a given size for trials and load."""

import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.embedded.env import uses_embedded_database
from home.seeding import seed
from home.seeding_plan import Size


class Command(BaseCommand):
    help = (
        "Fill the database with projects of a given size. Refused on an outside database without CONCORD_ALLOW_SEED=1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        standard = Size()
        for name in ("projects", "items", "annotators", "overlap", "labels"):
            parser.add_argument(f"--{name}", type=int, default=getattr(standard, name))
        parser.add_argument("--annotated", type=float, default=standard.annotated, help="share of items, 0 to 1")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not uses_embedded_database() and os.environ.get("CONCORD_ALLOW_SEED") != "1":
            raise CommandError("This is not the embedded database. Set CONCORD_ALLOW_SEED=1 if you mean it.")
        names = ("projects", "items", "annotators", "overlap", "labels", "annotated")
        size = Size(**{name: options[name] for name in names})
        if not 0 <= size.annotated <= 1 or min(size.projects, size.annotators, size.overlap, size.labels) < 1:
            raise CommandError("--annotated is a share from 0 to 1; the other sizes are 1 or more.")
        if size.annotated > 0 and size.overlap > size.annotators:
            raise CommandError("--overlap cannot be larger than --annotators: nobody labels an item twice.")
        made = seed(size, f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}")
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            for one in made["projects"]:
                self.stdout.write(f"{made['base_url']}/p/{one['slug']}/")
