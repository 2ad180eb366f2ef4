from typing import Any

from allauth.account.forms import LoginForm
from django import forms

from accounts import rules

SCOPES = {
    "box": "while a box is selected", "boxes": "where boxes are drawn", "caret": "while the caret is in the text",
    "marks": "where spans are marked or boxes drawn", "ranking": "in a ranking", "spans": "where spans are marked",
    "suggestion": "where answers are suggested",
}  # fmt: skip
"""When the keys of a scope are heard."""


class AcceptInvitationForm(forms.Form):
    name = forms.CharField(max_length=200, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text="At least 12 characters; 15 or more are better. A password manager helps.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def add_problems(self, errors: Any) -> None:
        """Show a service's field errors at their fields."""
        for error in errors:
            name = error.pointer.removeprefix("#/")
            self.add_error(name if name in self.fields else None, error.detail)


class SignInForm(LoginForm):
    """Sign-in without a link to resetting a password: only an invitation makes a new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"login": "E-mail address", "password": "Password", "remember": "Stay signed in"}
        for name, label in labels.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, ""
                self.fields[name].widget.attrs.pop("placeholder", None)


class PreferencesForm(forms.Form):
    """How the labeling page behaves for one person. A key that is left empty is the usual one."""

    single_keys = forms.BooleanField(
        required=False,
        label="Keys without Ctrl, such as S and 1",
        help_text="Off, only keys with Ctrl or Alt, Enter and Esc are heard: for speech input, or where keys are hit "
        "by accident.",
    )
    auto_advance = forms.BooleanField(
        required=False,
        label="Submit by itself once every question has an answer",
        help_text="Your choice stays in sight for a moment, any key stops it, and undo works as ever.",
    )
    break_minutes = forms.TypedChoiceField(
        coerce=int,
        label="Speak of a pause",
        help_text="A pause of 5 to 10 minutes each hour rests eyes and hands. It does not count as time on an item.",
        choices=[(m, f"after {m} minutes of work" if m else "never") for m in rules.BREAK_MINUTES],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for action in rules.ACTIONS:
            if action.id not in rules.FIXED:
                widget = forms.TextInput(
                    attrs={
                        "class": "input-key",
                        "autocomplete": "off",
                        "placeholder": rules.printed_key(action.keys[0]),
                        "size": 12,
                    }
                )
                self.fields[f"key-{action.id}"] = forms.CharField(
                    required=False, max_length=40, label=action.title, widget=widget
                )

    @property
    def changes(self) -> dict[str, Any]:
        data = self.cleaned_data
        keys = {name.removeprefix("key-"): key for name, key in data.items() if name.startswith("key-") and key}
        return {name: data[name] for name in ("single_keys", "auto_advance", "break_minutes")} | {"keys": keys}

    def rows(self) -> list[dict[str, Any]]:
        """The fields of the keys, beside what the table says of each action."""
        return [
            {
                "action": action,
                "usual": [rules.printed_key(key) for key in action.keys],
                "scope": SCOPES.get(action.scope, action.scope),
                "field": self[f"key-{action.id}"],
            }
            for action in rules.ACTIONS
            if action.id not in rules.FIXED
        ]

    def add_problems(self, errors: Any) -> None:
        """Show a service's field errors at their fields."""
        for error in errors:
            name = error.pointer.removeprefix("#/").replace("keys/", "key-")
            self.add_error(name if name in self.fields else None, error.detail)
