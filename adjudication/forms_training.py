"""Forms of the training page. Shares are asked for in per cent."""

from typing import Any

from django import forms

from annotation.models import GoldItem, TrainingPolicy
from annotation.training import VALUES
from projects.forms import ProblemForm

USES = [
    (GoldItem.Use.BOTH, "Practice and hidden"),
    (GoldItem.Use.TRAINING, "Practice only"),
    (GoldItem.Use.HIDDEN, "Hidden only"),
]
SHARES = ("pass_mark", "hidden_rate", "pause_below")


class PolicyForm(ProblemForm):
    training_items = forms.IntegerField(
        min_value=0, max_value=500, label="Practice items before real work", help_text="0: no practice is asked for."
    )
    pass_mark = forms.FloatField(
        min_value=0,
        max_value=100,
        label="Right answers needed to pass (%)",
        help_text="A skipped item counts as wrong.",
    )
    existing_qualified = forms.BooleanField(
        required=False,
        label="Those who are annotators now need no practice",
        help_text="Of them, only those who have not begun to practise.",
    )
    hidden_rate = forms.FloatField(
        min_value=0, max_value=50, label="Hidden gold items among what is given out (%)",
        help_text="They look like every other item. 0: none; at most 50.",
    )  # fmt: skip
    pause_below = forms.FloatField(
        min_value=0,
        max_value=100,
        label="Pause an annotator below (%)",
        help_text="Right answers on hidden gold items.",
    )
    window = forms.IntegerField(
        min_value=1, max_value=1000, label="How many of the newest hidden items are judged",
        help_text="Nobody is paused before half of them are done, and five at least.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("training_items", "window", *SHARES):
            self.fields[name].widget.attrs |= {"class": "input-short", "step": "any" if name in SHARES else "1"}

    @staticmethod
    def initial_of(policy: TrainingPolicy) -> dict[str, Any]:
        found = {name: getattr(policy, name) for name in VALUES}
        # once practice is asked for, saving another value must excuse nobody unseen
        found["existing_qualified"] = policy.training_items == 0
        return found | {name: f"{100 * found[name]:.10g}" for name in SHARES}

    def values(self) -> dict[str, Any]:
        data = {name: self.cleaned_data[name] for name in VALUES}
        return data | {name: data[name] / 100 for name in SHARES}


class FromCasesForm(ProblemForm):
    limit = forms.IntegerField(min_value=1, max_value=1000, initial=50, label="How many at most, the newest first")
    use = forms.ChoiceField(choices=USES, label="Use them for")


class GoldFileForm(ProblemForm):
    file = forms.FileField(
        label="File",
        help_text="CSV, TSV, JSON lines or JSON; columns external_id, the item's fields, and one for each question.",
    )
    use = forms.ChoiceField(choices=USES, label="Use them for")
