"""Forms of the project pages."""

from typing import Any

from django import forms
from django.core.validators import validate_slug

from accounts.models import User
from core.errors import FieldError
from projects.models import FIELD_TYPES, Role
from projects.scopes import IN_WORDS, SCOPES

AGENT_SCOPES = (
    "suggestions:write", "items:read", "items:write", "annotations:read", "annotations:write", "guidelines:read",
    "releases:read",
)  # fmt: skip
ROLES_OF_PEOPLE = (
    (Role.ANNOTATOR, "Annotator: labels items"),
    (Role.ADJUDICATOR, "Adjudicator: decides disagreements"),
    (Role.MANAGER, "Manager: sets up, reviews, releases"),
    (Role.CONSUMER, "Consumer: pulls releases"),
)


class ProblemForm(forms.Form):
    """A form that can show a service's field errors at its fields."""

    def add_problems(self, detail: str, errors: tuple[FieldError, ...]) -> None:
        shown = False
        for error in errors:
            name = error.pointer.rsplit("/", maxsplit=1)[-1]
            if name in self.fields:
                self.add_error(name, error.detail)
                shown = True
        if not shown:
            self.add_error(None, detail)


class NewProjectForm(ProblemForm):
    name = forms.CharField(max_length=200, label="Name")
    slug = forms.CharField(
        max_length=80,
        label="Short name in addresses",
        help_text="Letters, digits and hyphens, for example support-tickets. It cannot be changed later.",
        validators=[validate_slug],
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), label="What is it for?")
    overlap = forms.IntegerField(
        min_value=1, max_value=50, initial=3, label="Annotators per item",
        help_text="Two are needed to measure agreement; three also give a majority.",
    )  # fmt: skip
    field_name = forms.CharField(
        max_length=80, initial="text", label="Name of the item's main field",
        help_text="As the column is called in your file.",
    )  # fmt: skip
    field_type = forms.ChoiceField(choices=[(t, t) for t in FIELD_TYPES], initial="text", label="What does it hold?")
    more_fields = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3, "placeholder": "photo: image"}), label="More fields",
        help_text=f"One a line; after a colon what it holds: {', '.join(FIELD_TYPES)}. Without a colon it is text.",
    )  # fmt: skip

    def clean_more_fields(self) -> list[tuple[str, str]]:
        """Name and type of each line."""
        lines = [line for line in self.cleaned_data["more_fields"].splitlines() if line.strip()]
        found = [
            (name.strip(), holds.strip().lower() or "text") for name, _, holds in (x.partition(":") for x in lines)
        ]
        if unknown := [holds for _, holds in found if holds not in FIELD_TYPES]:
            raise forms.ValidationError(f"“{unknown[0]}” is not what a field can hold; use {', '.join(FIELD_TYPES)}.")
        return found

    def as_project(self) -> dict[str, Any]:
        data = self.cleaned_data
        fields = [(data["field_name"], data["field_type"]), *data["more_fields"]]
        return {
            "name": data["name"],
            "slug": data["slug"],
            "description": data["description"],
            "overlap": data["overlap"],
            "fields": [
                {"name": name, "type": holds, "title": name.replace("_", " ").capitalize(), "required": not place}
                for place, (name, holds) in enumerate(fields)
            ],
        }


class InviteForm(ProblemForm):
    email = forms.EmailField(max_length=254, label="E-mail address")
    name = forms.CharField(max_length=200, required=False, label="Name")
    roles = forms.MultipleChoiceField(choices=ROLES_OF_PEOPLE, widget=forms.CheckboxSelectMultiple, label="Roles")


class RolesForm(ProblemForm):
    roles = forms.MultipleChoiceField(choices=ROLES_OF_PEOPLE, label="Roles")


class AgentForm(ProblemForm):
    kind = forms.ChoiceField(
        choices=[
            (User.Kind.MODEL, "Model: suggests answers, or labels in a round of its own"),
            (User.Kind.SERVICE, "Service: sends items and suggestions"),
        ],
        widget=forms.RadioSelect, initial=User.Kind.MODEL, label="What is it?",
    )  # fmt: skip
    name = forms.CharField(
        max_length=200, label="Name", help_text="Annotators read it beside its suggestions, for example tone-tagger."
    )
    roles = forms.MultipleChoiceField(
        choices=[
            (Role.ANNOTATOR, "Annotator: a model labels every item once, apart from people"),
            (Role.MANAGER, "Manager: a service pushes and reads items"),
            (Role.CONSUMER, "Consumer: pulls releases"),
        ],
        widget=forms.CheckboxSelectMultiple, required=False, label="Roles",
        help_text="Sending suggestions needs none.",
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope}: {IN_WORDS[scope]}") for scope in AGENT_SCOPES],
        widget=forms.CheckboxSelectMultiple, required=False, label="What may its token do?",
        help_text="Without a choice: what its kind and roles usually need.",
    )  # fmt: skip


class TeamForm(ProblemForm):
    name = forms.CharField(max_length=120, label="Name of the team")


class TokenForm(ProblemForm):
    name = forms.CharField(max_length=120, label="What is the token for?")
    scopes = forms.MultipleChoiceField(choices=[], widget=forms.CheckboxSelectMultiple, label="What may it do?")
    days = forms.IntegerField(min_value=1, max_value=3650, initial=90, label="Good for how many days?")

    def __init__(self, *args: Any, allowed: frozenset[str] = SCOPES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(scope, scope) for scope in sorted(allowed)]
