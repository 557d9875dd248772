"""Logging: one line an event, for people or as JSON, each with the id of its request."""

import contextvars
import datetime as dt
import json
import logging
import sys
import time
from typing import IO, Any

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
"""Id of the request that the current task or worker thread serves; empty outside of requests."""

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """`12:30:01 INFO app.access request finished status=200 ms=3.1`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and the traceback below it where there is one."""
        when = time.strftime("%H:%M:%S", time.localtime(record.created))
        pairs = "".join([f" {name}={value}" for name, value in _extra(record).items()])
        line = _plain(f"{when} {record.levelname} {record.name} {record.getMessage()}{pairs}")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line; control characters are escaped by JSON itself."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line; a traceback becomes its `traceback`."""
        when = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line: dict[str, Any] = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str, form: str, stream: IO[str] | None = None) -> None:
    """Send the records of all loggers to a stream in the chosen form.

    Args:
        level: debug, info, warning or error.
        form: text or json.
        stream: Where to; standard error unless given.
    """
    # Of no use to the lines below, and a third of what a line costs.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Libraries talk at INFO about their own lives; only what someone should look at is kept.
    for name in ("uvicorn", "alembic", "asyncio", "tifffile", "numba"):
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")
    if level == "debug":
        logging.getLogger("numba").setLevel("WARNING")


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """Return what the caller gave as `extra`, and the request's id."""
    extra = {name: value for name, value in vars(record).items() if name not in _OWN}
    if current := request_id.get():
        extra.setdefault("request", current)
    return extra


def _plain(text: str) -> str:
    """Escape what could forge a line or move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
