"""The JSON parser of the API: what Python's parser lets through or dies of is refused in words."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from core.errors import TooLarge


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON.")


def _finite(text: str) -> float:
    """A number that PostgreSQL and canonical JSON can hold: `1e999` is none."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("A number is too large.")
    return number


def read_text(stream: IO[Any]) -> str:
    """The body as UTF-8, whatever charset was named. Raises TooLarge, or ValueError where it is no UTF-8."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    data: bytes = stream.read(limit + 1)
    if len(data) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes. Send it in parts, or as an import.")
    return data.decode("utf-8")


class SafeJsonParser(JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return json.loads(read_text(stream), parse_constant=_refuse, parse_float=_finite)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is no valid JSON: {error}") from error
