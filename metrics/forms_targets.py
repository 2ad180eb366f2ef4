"""The form of one question's target."""

from django import forms

from metrics.services.targets import LONGEST_REASON
from projects.forms import ProblemForm


class TargetForm(ProblemForm):
    question = forms.CharField(max_length=80, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
    alpha = forms.FloatField(
        required=False, min_value=0.001, max_value=1, label="Target for alpha",
        help_text="Above 0, at most 1. Empty: the customary 0.667.",
        widget=forms.NumberInput(attrs={"step": "any", "class": "input-short"}),
        error_messages={
            "min_value": "Give a number above 0 and at most 1, such as 0.667.",
            "max_value": "Give a number above 0 and at most 1, such as 0.667.",
        },
    )  # fmt: skip
    reason = forms.CharField(
        max_length=LONGEST_REASON, label="Why this is enough",
        help_text="What the labels are for, and what an error would cost.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why this is enough for what the labels are for."},
    )  # fmt: skip
