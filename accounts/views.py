from allauth.account import views as allauth_views
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.forms import AcceptInvitationForm
from core.errors import Gone, Invalid


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
