"""The form of a batch's policy: how many answers, when, in which order, for whom, how many for each person."""

from typing import Any

from django import forms

from intake.audiences import audience_of
from intake.models import Batch
from projects.forms import ProblemForm
from projects.models import Project
from projects.selectors import annotators_of, teams_of


class BatchForm(ProblemForm):
    name = forms.CharField(max_length=180, label="Name")
    overlap = forms.IntegerField(
        min_value=1, max_value=50, required=False, label="Annotators per item",
        help_text="Empty: as the project has it. It can be raised later, never lowered.",
    )  # fmt: skip
    priority = forms.IntegerField(
        min_value=-1000, max_value=1000, initial=0, label="Priority",
        help_text="The batch with the higher number is given out first; of two equal ones the older.",
    )  # fmt: skip
    order = forms.ChoiceField(
        choices=[(Batch.Order.AS_IMPORTED, "As imported"), (Batch.Order.RANDOM, "Random")],
        widget=forms.RadioSelect, initial=Batch.Order.AS_IMPORTED, label="Order of its items",
        help_text="A change moves the items that nobody was given back; work in hand stays as it is.",
    )  # fmt: skip
    quota = forms.IntegerField(
        min_value=1, max_value=10_000_000, required=False, label="Most items for one person",
        help_text="Empty: no limit. Items that a person holds or has submitted count.",
    )  # fmt: skip
    teams = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Reserved for teams",
        help_text="Without a team and a person here, everybody may be given its items.",
    )  # fmt: skip
    annotators = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Reserved for persons"
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["overlap"].widget.attrs["placeholder"] = f"{project.overlap}, as the project"
        teams = [(str(team.id), team.name) for team in teams_of(project)]
        people = [(str(m.user_id), m.user.label) for m in annotators_of(project).order_by("user__name", "pk")]
        for name, choices in (("teams", teams), ("annotators", people)):
            if choices:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
            else:
                del self.fields[name]
        for name in ("overlap", "priority", "quota"):
            self.fields[name].widget.attrs["class"] = "input-short"

    @staticmethod
    def initial_of(batch: Batch) -> dict[str, Any]:
        audience = audience_of(batch)
        return {
            "name": batch.name, "overlap": batch.overlap, "priority": batch.priority, "order": batch.order,
            "quota": batch.quota, "teams": sorted(str(pk) for pk in audience.teams),
            "annotators": sorted(str(pk) for pk in audience.annotators),
        }  # fmt: skip

    def changes(self) -> dict[str, Any]:
        """What the services take."""
        data = dict(self.cleaned_data)
        audience = {name: data.pop(name, []) for name in ("teams", "annotators")}
        return data | {"reserved_for": audience}
