"""Check on the live database what must always hold. Exit code 1 names what does not."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from home import repair
from home.checks import CHECKS


class Command(BaseCommand):
    help = "Check the invariants on the live database; with --repair mend the counters that can be recomputed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line of JSON")
        parser.add_argument("--repair", action="store_true", help="recompute counters before checking")

    def handle(self, *args: Any, **options: Any) -> None:
        repaired = repair.recount() if options["repair"] else {}
        found = [violation for check in CHECKS for violation in check()]
        if options["json"]:
            body = {
                "ok": not found,
                "checked": sorted({check.__name__ for check in CHECKS}),
                "repaired": repaired,
                "violations": [{"name": v.name, "detail": v.detail} for v in found],
            }
            self.stdout.write(json.dumps(body))
        else:
            for violation in found:
                self.stdout.write(f"{violation.name}: {violation.detail}")
            if not found:
                self.stdout.write(f"All {len(CHECKS)} checks hold.")
        if found:
            raise SystemExit(1)
