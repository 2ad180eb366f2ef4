"""Sessions in the database, read by a compiled statement: see `core.compiled`."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models.functions import Now

from core.compiled import Compiled

_live = Compiled(lambda key: Session.objects.filter(session_key=key, expire_date__gt=Now()), key=str)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        found = _live.first(key=self.session_key)
        if found is None:
            self._session_key = None
        return found
