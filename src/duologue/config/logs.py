"""What is written to the log, and what never is: tokens in paths and secrets in values."""

import logging
import re

_TOKEN_PATHS = re.compile(r"(/j/|/feeds/|/sign-in/)[A-Za-z0-9_\-]{8,}")


class WithoutSecrets(logging.Filter):
    """Cuts tokens out of the paths that carry them."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        cut = _TOKEN_PATHS.sub(r"\1…", text)
        if cut != text:
            record.msg, record.args = cut, None
        return True


class LineFormatter(logging.Formatter):
    """One line a record: instant, level, logger, words."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
