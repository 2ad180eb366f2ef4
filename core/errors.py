"""The error family: a stable code, an HTTP status, one sentence a person can act on, and data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: a JSON pointer such as `#/answers/tone` and a sentence that names the mend."""

    pointer: str
    detail: str


class ConcordError(Exception):
    """An anticipated refusal. Subclasses give `code`, `status` and a default `sentence`."""

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 422
    sentence: ClassVar[str] = "The request could not be carried out."

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **data: Any,
    ) -> None:
        self.detail = detail or self.sentence
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.data = data
        super().__init__(self.detail)


class NotFound(ConcordError):
    code, status = "not_found", 404
    sentence = "There is nothing at this address for you."


class Gone(ConcordError):
    code, status = "gone", 410
    sentence = "This link was used already or has expired. Ask for a new one."


class WrongRole(ConcordError):
    code, status = "wrong_role", 403
    sentence = "Your role in this project does not allow this."


class InsufficientScope(ConcordError):
    code, status = "insufficient_scope", 403
    sentence = "The token does not hold the scope that this call needs."


class Malformed(ConcordError):
    code, status = "malformed", 400
    sentence = "The request could not be read."


class UnknownParameter(ConcordError):
    code, status = "unknown_parameter", 400
    sentence = "The address holds a parameter that this call does not know."


class Invalid(ConcordError):
    code, status = "invalid", 422
    sentence = "The request was understood, but some of it is not valid."


class IfMatchRequired(ConcordError):
    code, status = "if_match_required", 428
    sentence = "Send If-Match with the ETag you last read, so that nobody's change is overwritten."


class Stale(ConcordError):
    code, status = "stale", 412
    sentence = "Somebody changed this since you read it. Read it again and repeat your change."


class Conflict(ConcordError):
    code, status = "conflict", 409
    sentence = "This cannot be done in the present state."


class TooLarge(ConcordError):
    code, status = "too_large", 413
    sentence = "The request is larger than allowed."


class UnsupportedType(ConcordError):
    code, status = "unsupported_type", 415
    sentence = "This kind of content is not taken here."


class Throttled(ConcordError):
    code, status = "throttled", 429
    sentence = "Too many requests. Wait a little and try again."


class Internal(ConcordError):
    code, status = "internal", 500
    sentence = "Something went wrong here. It is in the log under the request id."


class Unavailable(ConcordError):
    code, status = "unavailable", 503
    sentence = "The service cannot answer just now. Try again in a moment."
