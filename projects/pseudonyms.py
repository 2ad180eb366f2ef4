"""Names that reveal nobody: stable within a project, unlinkable between projects."""

import base64
import hmac
from uuid import UUID

from django.conf import settings

from projects.access import Access


def pseudonym(project: UUID, user: UUID) -> str:
    """`annotator-` and eight letters, always the same for this person in this project."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{project}:{user}".encode(), "sha256").digest()
    return "annotator-" + base64.b32encode(digest[:5]).decode().lower()


def shown_annotator(access: Access, user: UUID) -> str:
    """How `access` may be told who an annotator is: the id for oneself and for who may identify, else a pseudonym."""
    if user == access.user.id or access.may_identify:
        return str(user)
    return pseudonym(access.project.id, user)
