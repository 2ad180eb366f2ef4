from django.apps import AppConfig


class GuidelinesConfig(AppConfig):
    name = "guidelines"

    def ready(self) -> None:
        # The services need the models, which are loaded only now.
        from guidelines.services import create_empty_draft
        from projects.services import when_project_created

        when_project_created(create_empty_draft)
