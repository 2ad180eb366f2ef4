"""Write the OpenAPI document, or check that the committed one is what the code says."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from home.api.views import openapi_document

PLACE = Path(settings.BASE_DIR) / "docs" / "openapi.json"


class Command(BaseCommand):
    help = "Write docs/openapi.json; with --check only compare it with the code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        text = json.dumps(openapi_document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        if not options["check"]:
            PLACE.write_text(text, encoding="utf-8")
            self.stdout.write(f"{PLACE.relative_to(settings.BASE_DIR)} is written.")
        elif not PLACE.exists() or PLACE.read_text(encoding="utf-8") != text:
            raise CommandError(
                "docs/openapi.json is not what the code says. Run: manage.py openapi, and look at the diff."
            )
