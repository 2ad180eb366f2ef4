"""The form of a new agreement run."""

from typing import Any, Final

from django import forms

from metrics.attributes import keys_of
from metrics.counting import SUGGESTION_SHOWN
from metrics.models import AgreementRun
from metrics.questions import Measured
from metrics.selectors.choices import choices_of
from metrics.services.requests import RESAMPLE_BATCH
from projects.models import Project

WHO: Final = {
    AgreementRun.Who.PEOPLE: "People",
    AgreementRun.Who.MODELS: "Models",
    AgreementRun.Who.TOGETHER: "People and models",
}


class RunForm(forms.Form):
    """What a run shall measure. Whatever stays as it is means everything."""

    question = forms.ChoiceField(required=False, label="Question")
    version = forms.ChoiceField(required=False, label="Guideline version")
    slice = forms.ChoiceField(required=False, label="Slice")
    batch = forms.ChoiceField(required=False, label="Batch")
    team = forms.ChoiceField(required=False, label="Team")
    who = forms.ChoiceField(required=False, label="Whose answers", choices=list(WHO.items()))
    resample_by = forms.ChoiceField(
        required=False, label="What belongs together",
        help_text="Items of one document or conversation resemble each other: draw them as a whole, else the interval "
        "is too narrow.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, project: Project, questions: dict[str, Measured], numbers: list[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = choices_of(project)
        together = together_choices(project, with_batches=bool(choices.batches))
        offered: dict[str, list[tuple[str, str]]] = {
            "question": [("", "All questions"), *((name, asked.title) for name, asked in questions.items())],
            "version": [("", "All versions"), *((str(n), f"v{n}") for n in reversed(numbers)), ("none", "No version")],
            "slice": [
                ("", "Answers given without a suggestion"), (SUGGESTION_SHOWN, "Answers given with a suggestion shown"),
                *choices.slices,
            ],
            "batch": [("", "All batches"), *choices.batches],
            "team": [("", "All teams"), *choices.teams],
            "resample_by": [("", "Each item stands alone"), *together],
        }  # fmt: skip
        for name, values in offered.items():
            self.fields[name].choices = values  # type: ignore[attr-defined]
        for name in ("batch", "team"):
            if len(offered[name]) == 1:
                del self.fields[name]


def together_choices(project: Project, *, with_batches: bool) -> list[tuple[str, str]]:
    """What items may share that makes them belong together: their batch, and keys whose values return."""
    titles = {str(field["name"]): str(field.get("title") or field["name"]) for field in project.fields}
    keys = [key.attribute for key in keys_of(project) if key.repeats]
    named = [
        (
            f"{key.by}.{key.name}",
            f"Items with the same {titles.get(key.name, key.name) if key.by == 'field' else key.name}",
        )
        for key in keys
    ]
    return [*([(RESAMPLE_BATCH, "Items of the same batch")] if with_batches else []), *named]
