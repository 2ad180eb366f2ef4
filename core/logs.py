"""One record, one line: nothing that a user sent can forge a second record."""

import json
import logging


class OneLineFormatter(logging.Formatter):
    """JSON lines with time, level, logger and message."""

    def format(self, record: logging.LogRecord) -> str:
        body = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            body["exception"] = self.formatException(record.exc_info)
        return json.dumps(body, ensure_ascii=True)
