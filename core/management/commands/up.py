"""`manage.py up`: the whole system under one command."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import supervisor


class Command(BaseCommand):
    help = "Start the services, the workers and the web server, and keep them running until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="the port on 127.0.0.1 (PORT, else 8000)")

    def handle(self, *_args: Any, **options: Any) -> None:
        sys.exit(supervisor.run(port=options["port"]))
