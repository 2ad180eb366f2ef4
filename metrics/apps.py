from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        # Jobs and consumers register themselves when they are imported, which needs the models.
        import metrics.consumers
        import metrics.jobs  # noqa: F401
