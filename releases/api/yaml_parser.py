"""Bodies in YAML, for contracts."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from core.errors import TooLarge
from releases.contract.document import MOST_BYTES, NotYaml, from_yaml


class YamlParser(BaseParser):
    media_type = "application/yaml"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        data = stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise TooLarge(f"A contract has at most {MOST_BYTES} bytes.")
        try:
            return from_yaml(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ParseError("The YAML must be UTF-8.") from error
        except NotYaml as error:
            raise ParseError(str(error)) from error


class XYamlParser(YamlParser):
    media_type = "application/x-yaml"


class TextYamlParser(YamlParser):
    media_type = "text/yaml"


YAML_TYPES = (YamlParser.media_type, XYamlParser.media_type, TextYamlParser.media_type)
