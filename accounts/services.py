"""Accounts: invitations, and the count of passwords tried."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import rules
from accounts.models import Invitation, SignInAttempt, User
from core.canonical import sha256_hex
from core.errors import FieldError, Gone, Invalid, NotFound

INVITATION_DAYS = 7
MOST_TRIES, TRY_WINDOW = 10, timedelta(minutes=5)


def hash_secret(secret: str) -> str:
    return sha256_hex(secret.encode())


@transaction.atomic
def invite(
    *,
    email: str,
    now: datetime,
    by: User | None = None,
    name: str = "",
    can_create_projects: bool = False,
    is_owner: bool = False,
) -> tuple[User, str]:
    """The account for `email` (made if new) and the secret of a fresh invitation link; earlier links end."""
    user = User.objects.select_for_update().filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
    if can_create_projects or is_owner:
        user.can_create_projects = user.can_create_projects or can_create_projects
        user.is_owner = user.is_owner or is_owner
        user.save(update_fields=["can_create_projects", "is_owner"])
    Invitation.objects.filter(user=user, used_at=None).update(expires_at=now)
    secret = secrets.token_urlsafe(24)
    Invitation.objects.create(
        user=user, secret_hash=hash_secret(secret), created_by=by, created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )  # fmt: skip
    return user, secret


def open_invitation(*, secret: str, now: datetime) -> Invitation:
    """The invitation behind a link. Raises NotFound for a wrong one, Gone for a used or expired one."""
    found = Invitation.objects.select_related("user").filter(secret_hash=hash_secret(secret)).first()
    if found is None:
        raise NotFound
    if not found.is_open(now) or not found.user.is_active:
        raise Gone
    return found


@transaction.atomic
def accept_invitation(*, secret: str, name: str, password: str, now: datetime) -> User:
    """Use the link: set name and password. Raises NotFound, Gone, or Invalid for a weak password."""
    invitation = open_invitation(secret=secret, now=now)
    claimed = Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now)
    if not claimed:
        raise Gone
    user = invitation.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(errors=[FieldError("#/password", message) for message in error.messages]) from error
    user.name = name or user.name
    user.joined_at = user.joined_at or now
    user.set_password(password)
    user.save(update_fields=["name", "joined_at", "password"])
    return user


def make_agent(*, kind: str, name: str, now: datetime) -> User:
    """An account of a model or service: it has no address and no password, so it never signs in."""
    return User.objects.create_user("", name=name, kind=kind, joined_at=now)


@transaction.atomic
def count_sign_in(*, email: str, now: datetime) -> bool:
    """Count one password for this address; False when more than ten were tried within five minutes.

    Counted whether or not the address is known, so that both answer alike; the row lock makes parallel tries exact.
    """
    key = hash_secret(email.strip().lower())
    SignInAttempt.objects.bulk_create(
        [SignInAttempt(address_hash=key, window_start=now, tries=0)], ignore_conflicts=True
    )
    row = SignInAttempt.objects.select_for_update().get(pk=key)
    if row.window_start + TRY_WINDOW <= now:
        row.window_start, row.tries = now, 0
    row.tries += 1
    row.save()
    return row.tries <= MOST_TRIES


@transaction.atomic
def change_preferences(*, user: User, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change some of a person's preferences and return all of them. `keys` is replaced as a whole.

    Raises Invalid with a pointer for each value that is none, and for each key that another action has.
    """
    errors = rules.check_preferences(changes)
    if errors:
        raise Invalid("Some preferences are not valid.", errors=errors)
    merged = dict(changes)
    if "keys" in changes:
        tidy = {action: rules.tidy_key(key) for action, key in changes["keys"].items() if key.strip()}
        known = {action.id: action.keys[0] for action in rules.ACTIONS}
        merged["keys"] = {action: key for action, key in tidy.items() if known.get(action) != key}
        if errors := rules.check_keys(merged["keys"]):
            raise Invalid("Some keys cannot be used.", errors=errors)
    row = User.objects.select_for_update().get(pk=user.pk)
    row.preferences = rules.read_preferences(row.preferences | merged)
    row.save(update_fields=["preferences"])
    user.preferences = row.preferences
    return row.preferences


@transaction.atomic
def forget_sign_ins(*, email: str) -> None:
    """A right password ends the count."""
    SignInAttempt.objects.filter(pk=hash_secret(email.strip().lower())).delete()
