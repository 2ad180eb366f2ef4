from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts import services
from accounts.models import User


class Command(BaseCommand):
    help = "Print a one-time link by which somebody makes an account. How the first account is made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--can-create-projects", action="store_true")
        parser.add_argument("--base-url", default="http://127.0.0.1:8000")

    def handle(self, *args: Any, **options: Any) -> None:  # Django's signature
        first = not User.objects.filter(is_owner=True).exists()
        _, secret = services.invite(
            email=options["email"],
            now=timezone.now(),
            can_create_projects=options["can_create_projects"] or first,
            is_owner=first,
        )
        self.stdout.write(f"{options['base_url'].rstrip('/')}/invitations/{secret}/")
