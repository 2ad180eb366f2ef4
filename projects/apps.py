from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        import projects.api.openapi  # noqa: F401  # registers itself
