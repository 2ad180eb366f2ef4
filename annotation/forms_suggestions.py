"""Whether annotators of a project are shown suggestions, and whose."""

from typing import Any

from django import forms

from projects.agents import agents_of
from projects.forms import ProblemForm
from projects.models import Project


class SuggestionSettingsForm(ProblemForm):
    show = forms.BooleanField(
        required=False, label="Show suggestions to annotators",
        help_text="Beside each question of items that are given out from now on, marked, and never chosen by itself.",
    )  # fmt: skip
    agent = forms.ChoiceField(required=False, label="Whose suggestions?")
    version = forms.CharField(
        required=False, max_length=120, label="Of which version?", help_text="Empty: the newest that it sent."
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        known = project.settings.get("suggestions") or {}
        kwargs.setdefault("initial", {name: known.get(name) for name in ("show", "agent", "version")})
        super().__init__(*args, **kwargs)
        field = self.fields["agent"]
        if isinstance(field, forms.ChoiceField):
            agents = [(str(member.user_id), member.user.name) for member in agents_of(project)]
            field.choices = [("", "The newest of any"), *agents]

    def settings(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"show": data["show"], "agent": data["agent"] or None, "version": data["version"] or None}
