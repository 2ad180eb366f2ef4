"""Where allauth meets Concord: sign-up is closed, and passwords tried are counted in PostgreSQL."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone

from accounts import services
from accounts.models import User


class ClosedAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # allauth's signature
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        email = str(credentials.get("email") or "")
        if not services.count_sign_in(email=email, now=timezone.now()):
            response = render(request, "429.html", status=429)
            response["Retry-After"] = "300"
            raise ImmediateHttpResponse(response)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """The page that follows shows that one is signed in; nothing more is said of it."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing beyond the count made before the check."""

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        services.forget_sign_ins(email=user.email)
        return super().post_login(request, user, **kwargs)
