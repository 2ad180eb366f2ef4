import json
from typing import Any

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import rules, services
from accounts.forms import AcceptInvitationForm, PreferencesForm
from accounts.models import User
from core.api.problems import problem_response
from core.errors import ConcordError, Gone, Invalid, Malformed


def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; nothing of it stays in a browser that others may use."""
    response: HttpResponse = allauth_views.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind a single-use link: choose a name and a password, then you are signed in."""
    now = timezone.now()
    try:
        invitation = services.open_invitation(secret=secret, now=now)
    except Gone as error:
        return render(request, "accounts/invitation_gone.html", {"detail": error.detail}, status=410)
    form = AcceptInvitationForm(request.POST or None, initial={"name": invitation.user.name})
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(secret=secret, now=now, **form.cleaned_data)
        except Invalid as error:
            form.add_problems(error.errors)
        else:
            login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("/")
    status = 422 if form.errors else 200
    return render(
        request,
        "accounts/accept_invitation.html",
        {"form": form, "email": invitation.user.email},
        status=status,
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Keys, pauses and going on by itself. The sheet of the labeling page posts the same as JSON."""
    user: User = request.user  # type: ignore[assignment]
    if request.content_type == "application/json":
        return _preferences_as_json(request, user)
    held = rules.read_preferences(user.preferences)
    initial = held | {f"key-{action}": key for action, key in held["keys"].items()}
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST":
        if "reset" in request.POST:
            services.change_preferences(user=user, changes={"keys": {}})
            messages.success(request, "Every key is the usual one again.")
            return redirect("preferences")
        if form.is_valid():
            try:
                services.change_preferences(user=user, changes=form.changes)
            except Invalid as error:
                form.add_problems(error.errors)
            else:
                messages.success(request, "Your preferences are saved.")
                return redirect("preferences")
    status = 422 if form.errors else 200
    return render(request, "accounts/preferences.html", {"form": form, "own_keys": bool(held["keys"])}, status=status)


def _preferences_as_json(request: HttpRequest, user: User) -> HttpResponse:
    try:
        changes: Any = json.loads(request.body or b"{}")
        if not isinstance(changes, dict):
            raise Malformed("The body must be a JSON object.")
        return JsonResponse(services.change_preferences(user=user, changes=changes))
    except (UnicodeDecodeError, json.JSONDecodeError):
        return problem_response(Malformed("The body is no JSON."), request)
    except ConcordError as error:
        return problem_response(error, request)
