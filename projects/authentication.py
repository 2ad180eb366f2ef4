"""Who calls: a bearer token, or else the browser's session with its CSRF token."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import User
from projects import selectors
from projects.models import ApiToken


class TokenAuthentication(BaseAuthentication):
    """Where an Authorization header is sent, it alone counts: a cookie beside it is ignored."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = request.headers.get("Authorization")
        if header is None:
            return None
        word, _, secret = header.partition(" ")
        token = selectors.find_token(secret.strip()) if word.lower() == "bearer" else None
        if token is None:
            raise AuthenticationFailed("The token is not valid: unknown, revoked or expired. Make a new one.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # DRF's signature
        return "Bearer"


class CookieAuthentication(SessionAuthentication):
    """The browser's session; writes need the CSRF token and a same-origin Origin."""

    def authenticate_header(self, request: Request) -> Any:  # DRF's signature
        return "Bearer"
