"""One key, one outcome: the first 2xx answer is stored in the transaction of its effect and replayed."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from core.canonical import canonical_json, content_hash, sha256_hex
from core.compiled import Compiled, insert, run
from events.errors import KeyInProgress, KeyRequired, KeyReused
from events.models import IdempotencyKey

LONGEST = 255
_stored = Compiled(lambda user, key: IdempotencyKey.objects.filter(user=user, key=key), user=UUID, key=str)


@dataclass(frozen=True)
class Answer:
    """What a keyed write answers: a JSON body, a status and headers."""

    body: Any
    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)


def _form_part(part: Any) -> str:
    if isinstance(part, UploadedFile):
        digest = hashlib.sha256()
        for chunk in part.chunks():
            digest.update(chunk)
        part.seek(0)
        return digest.hexdigest()
    return sha256_hex(str(part).encode("utf-8", "surrogatepass"))


def _fingerprint(request: Request) -> str:
    data: Any = request.data
    if request.content_type and request.content_type.startswith("multipart/"):
        parts: Any = {name: [_form_part(p) for p in data.getlist(name)] for name in data}
    else:
        parts = data
    return content_hash([request.method, request.path, parts])


def read_key(request: Request) -> str:
    """The caller's key without its optional quotes. Raises KeyRequired."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > LONGEST:
        raise KeyRequired
    return key


def keyed(request: Request, write: Callable[[], Answer]) -> Response:
    """Carry out `write` under the request's key, or replay its stored answer.

    The key and the effect commit together. The same key at work elsewhere is refused (a transaction-scoped advisory
    lock); another body under the same key is refused; anything but a 2xx leaves the key free.
    """
    key = read_key(request)
    user = request.user
    if not isinstance(user, User):
        raise KeyRequired
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        ((free,),) = run("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"{user.pk}:{key}"])
        if not free:
            raise KeyInProgress(headers={"Retry-After": "1"})
        # a statement of its own: only what begins with the lock held sees what its last holder committed
        stored = _stored.first(user=user.pk, key=key)
        if stored is not None:
            return _replay(stored, fingerprint)
        answer = write()
        body = canonical_json(answer.body)
        insert([
            IdempotencyKey(user=user, key=key, fingerprint=fingerprint, status=answer.status, body=body,
                           headers=dict(answer.headers)),
        ])  # fmt: skip
    return _raw(body, answer.status, answer.headers)


def _replay(stored: IdempotencyKey, fingerprint: str) -> Response:
    if stored.fingerprint != fingerprint:
        raise KeyReused
    return _raw(bytes(stored.body), stored.status, dict(stored.headers) | {"Idempotency-Replayed": "true"})


class RawJson:
    """Bytes that are already JSON; the renderer passes them on, so that a replay is the same bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def _raw(data: bytes, status: int, headers: Mapping[str, str]) -> Response:
    return Response(RawJson(data), status=status, headers=dict(headers))
