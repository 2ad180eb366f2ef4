from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"

    def ready(self) -> None:
        # Jobs and consumers register themselves when they are imported, which needs the models.
        import annotation.consumers
        import annotation.imports.job
        import annotation.tasks  # noqa: F401
