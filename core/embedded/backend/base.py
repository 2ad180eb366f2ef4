"""Django's PostgreSQL engine, which starts the embedded server before the first connection.

Commands that need no database (`check`, `--help`) start nothing. The address is fixed beforehand, so that
what reads the settings instead of connecting (`dbshell`, connection pools) finds it too.
"""

import os
from typing import Any

from django.db.backends.postgresql import base

from core.embedded import postgres
from core.embedded.backend.client import DatabaseClient


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        cluster = settings_dict.setdefault("CLUSTER", os.environ.get("CONCORD_CLUSTER", "pg"))
        settings_dict["HOST"] = settings_dict.get("HOST") or postgres.socket_dir(cluster)
        settings_dict["PORT"] = settings_dict.get("PORT") or str(postgres.PORT)
        settings_dict["USER"] = settings_dict.get("USER") or postgres.USER
        super().__init__(settings_dict, alias)

    def get_connection_params(self) -> dict[str, Any]:
        postgres.ensure(self.settings_dict["CLUSTER"])
        return super().get_connection_params()
