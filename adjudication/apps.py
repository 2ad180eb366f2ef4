from django.apps import AppConfig


class AdjudicationConfig(AppConfig):
    name = "adjudication"

    def ready(self) -> None:
        # registering needs loaded models
        from adjudication import consumers, tasks  # noqa: F401
        from adjudication.models import CaseOpening
        from adjudication.selectors import unwanted_units
        from annotation.selectors import register_item_bar, register_unit_bar

        register_item_bar(lambda user_id: CaseOpening.objects.filter(user=user_id))
        register_unit_bar(unwanted_units)
