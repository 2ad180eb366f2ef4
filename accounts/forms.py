from typing import Any

from allauth.account.forms import LoginForm
from django import forms


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
