"""The spelling of API tokens: `concord_<random>_<crc>`, so that scanners recognise a leaked one offline."""

import secrets
import zlib

from core.canonical import sha256_hex

PREFIX = "concord_"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _checksum(body: str) -> str:
    number, text = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = ALPHABET[digit] + text
    return text


def make_secret() -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(40))
    return f"{PREFIX}{body}_{_checksum(body)}"


def is_well_formed(secret: str) -> bool:
    """Cheap test before any look-up: prefix and checksum are right."""
    if not secret.startswith(PREFIX) or not secret.isascii():
        return False
    body, _, checksum = secret.removeprefix(PREFIX).rpartition("_")
    return len(body) == 40 and checksum == _checksum(body)


def hash_token(secret: str) -> str:
    return sha256_hex(secret.encode())
