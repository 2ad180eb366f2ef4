from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "releases"

    def ready(self) -> None:
        # registering needs loaded models
        from projects.services import when_project_created
        from releases import tasks  # noqa: F401
        from releases.services import create_default_contract

        when_project_created(create_default_contract)
