"""`manage.py dbshell` with the wheel's own psql."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from core.embedded import postgres


class DatabaseClient(client.DatabaseClient):
    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        arguments, env = super().settings_to_cmd_args_env(settings_dict, parameters)
        return [str(postgres.binaries() / "psql"), *arguments[1:]], env

    def runshell(self, parameters: Iterable[str]) -> None:
        postgres.ensure(self.connection.settings_dict["CLUSTER"])
        super().runshell(parameters)
