"""The people (or places) that a foreign file names as annotators, as accounts that never sign in."""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import User
from annotation.models import ImportedAnnotator
from projects.models import Project

PERSON, SLOT, NONE = "person", "slot", "none"


class Annotators:
    """Accounts by key, looked up and made a chunk at a time. One import per project runs, so no two make one."""

    def __init__(self, project: Project, identity: str) -> None:
        self._project = project
        self._identity = identity
        self._known: dict[str, UUID] = {}

    def key(self, name: str | None, slot: int) -> str:
        """What stands for one annotator: a name of the file, or the place within the item where it knows none."""
        if self._identity == NONE or name is None:
            return f"{NONE}:{slot}"
        return f"{self._identity}:{name}"

    def resolve(self, keys: Iterable[str], *, make: bool = True) -> dict[str, UUID]:
        """key -> account, made where it is new (with `make`), in the caller's transaction."""
        wanted = set(keys) - self._known.keys()
        if wanted:
            rows = ImportedAnnotator.objects.filter(project=self._project, key__in=wanted)
            self._known |= dict(rows.values_list("key", "user_id"))
            if make:
                self._make(sorted(wanted - self._known.keys()))
        return self._known

    def _make(self, keys: list[str]) -> None:
        users = [User(kind=User.Kind.IMPORTED, password="!") for _ in keys]  # noqa: S106 - no password can match it
        User.objects.bulk_create(users)
        ImportedAnnotator.objects.bulk_create(
            ImportedAnnotator(project=self._project, key=key, user=user) for key, user in zip(keys, users, strict=True)
        )
        self._known |= {key: user.id for key, user in zip(keys, users, strict=True)}
