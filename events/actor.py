"""Who does something, passed explicitly into every service."""

from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Actor:
    """`user` is None where the system itself acts (a sweep, a consumer); `request_id` ties consequences together."""

    user: User | None
    request_id: str = ""

    @property
    def required(self) -> User:
        """The user, where a service cannot be carried out by the system."""
        if self.user is None:
            raise TypeError("this service needs a user")
        return self.user


SYSTEM = Actor(None)
