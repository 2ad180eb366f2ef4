"""Which images are taken: four raster formats, told by their first bytes. Pure.

Nothing here decodes an image: that is left to the browser that shows it. SVG is a document that can hold scripts, so it
is no image here.
"""

import base64
import binascii
import re
import unicodedata

TYPES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}
MOST_INLINE = 2 * 1024 * 1024
"""Bytes of an image that stands in an item itself, as a `data:` URL; larger ones are uploaded."""
MAX_NAME = 255
NEEDED = 16
"""How many bytes of a file tell its type."""
_DATA_URL = re.compile(r"data:(image/(?:png|jpeg|webp|gif));base64,([A-Za-z0-9+/]*={0,2})", re.ASCII)


def sniff(head: bytes) -> str | None:
    """The media type of an image by its first bytes, or None where it is none of those that are taken."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def same_name(name: str) -> str:
    """The form in which names of images are compared: one spelling of composed characters."""
    return unicodedata.normalize("NFC", name)


def uploaded_name(name: str | None) -> str:
    """The name under which an upload is kept: no folders, nothing that cannot be shown; "" where none is left."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return same_name("".join(ch for ch in last if ch.isprintable()).strip())[:MAX_NAME]


def wrong_image(value: str) -> str | None:
    """Why `value` cannot stand in an image field, or None: the name of an uploaded image, or a `data:` URL."""
    if value[:5].lower() != "data:":
        if len(value) <= MAX_NAME:
            return None
        return f"The name of an image may have at most {MAX_NAME} characters; shorten it."
    found = _DATA_URL.fullmatch(value)
    if found is None:
        return "A data: URL must be data:image/png (or jpeg, webp, gif);base64, and the image in base64."
    try:
        data = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        return "The data: URL holds no valid base64; encode the image again."
    if len(data) > MOST_INLINE:
        return f"The image in the data: URL has more than {MOST_INLINE} bytes; upload it and give its name instead."
    if sniff(data[:NEEDED]) != found[1]:
        return f"The data: URL does not hold an image of the type {found[1]}; name its real type."
    return None
