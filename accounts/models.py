from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower, Now

from core.compiled import Compiled
from core.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Builds users by e-mail address; addresses compare without case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """As ever; the one look-up by id that every signed-in request begins with is compiled."""
        if args or not (set(kwargs) == {"pk"} and isinstance(kwargs["pk"], UUID)):
            return super().get(*args, **kwargs)
        found = _by_id.first(user=kwargs["pk"])
        if found is None:
            raise self.model.DoesNotExist
        return found

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody or something that acts: a person, a model, a service, or an imported annotator who never signs in."""

    class Kind(models.TextChoices):
        PERSON = "person"
        MODEL = "model"
        SERVICE = "service"
        IMPORTED = "imported"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=254, blank=True)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.PERSON)
    can_create_projects = models.BooleanField(default=False)
    is_owner = models.BooleanField(default=False, help_text="Owner of the installation: may disable accounts.")
    is_active = models.BooleanField(default=True)
    preferences = models.JSONField(default=dict, help_text="How the pages behave for this person: keys, breaks.")
    joined_at = models.DateTimeField(null=True, help_text="When the invitation was accepted.")
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique", condition=~models.Q(email=""))]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def label(self) -> str:
        """What to call this user on a page for people who may see names."""
        return self.name or self.email or f"{self.kind} {str(self.id)[-4:]}"


_by_id = Compiled(lambda user: User.objects.filter(pk=user), user=UUID)


class Invitation(models.Model):
    """A single-use link by which somebody sets a password for an account made for him. Only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def is_open(self, now: datetime) -> bool:
        return self.used_at is None and self.expires_at > now


class SignInAttempt(models.Model):
    """Passwords tried for one address in the present window, counted under a row lock (see accounts.adapter)."""

    address_hash = models.CharField(max_length=64, primary_key=True)
    window_start = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
