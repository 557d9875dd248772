"""Logging: one line an event, for people or as JSON, each with the id of its request."""

import atexit
import contextlib
import contextvars
import datetime as dt
import json
import logging
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import IO, Any

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
"""Id of the request that the current task or worker thread serves; empty outside of requests."""

PAUSE_S = 0.05
"""How long a server gathers lines before it writes them."""
HELD = 100_000
"""Most lines that wait for whoever reads them; then the oldest are left out."""

_SECRET = re.compile(
    r"mg[stv]_[\w-]{16,}"  # tokens and links of ours
    r"|(?i:(?:bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|\bmicrograph-[0-9]+=[\w-]+"  # cookies of ours
    r"|\$argon2[\w$,=+./-]+"
    r"|(?<=://)[^\s/@\"']+:[^\s/@\"']+(?=@)"
    r"|(?i:(\b(?:token|secret|password|passwd|signature|credential|api_?key)[\\\"']*\s*[=:]\s*))"
    r"(?:'[^'\n]*'|\\?\"[^\"\n]*\"|[^\s\"'&,;}]+)"
)
"""What opens something: tokens, cookies, passwords in addresses, and what is called a secret."""
_SIGNS = (
    *(
        "mgt_",
        "mgs_",
        "mgv_",
        "bearer",
        "basic",
        "micrograph-",
        "$argon2",
        "://",
        "token",
        "secret",
        "passw",
    ),
    *("signature", "credential", "api_key", "apikey"),
)
"""One of these is in each of them: lines without are not looked at further, which takes long."""

_BLANK = vars(logging.LogRecord("", 0, "", 0, "", None, None))
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """`12:30:01 INFO app.access request finished status=200 ms=3.1`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and the traceback below it where there is one."""
        when = _clock(int(record.created))
        pairs = "".join([f" {name}={value}" for name, value in _extra(record).items()])
        line = _plain(f"{when} {record.levelname} {record.name} {record.getMessage()}{pairs}")
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        return scrubbed(line)


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
        return scrubbed(json.dumps(line, default=str))


class Facts(logging.LogRecord):
    """A record that costs a tenth of an ordinary one: it does not look for who made it."""

    def __init__(self, name: str, level: int, message: str, facts: Mapping[str, Any]) -> None:
        self.__dict__.update(_BLANK)
        self.__dict__.update(facts)
        self.name = name
        self.levelno = level
        self.levelname = logging.getLevelName(level)
        self.msg = message
        self.created = time.time()
        self.msecs = self.created % 1 * 1000
        self.facts = facts


class Behind(logging.Handler):
    """Hands records to another handler some moments later, from a thread of its own.

    So nobody who logs waits for whoever reads the log, such as a terminal that is held, and many
    lines are written at once. What is waiting when the process ends is written then.

    Args:
        write: Takes some lines, each with its end.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write
        self._waiting: deque[logging.LogRecord] = deque(maxlen=HELD)
        self._any = threading.Event()
        self._writing = threading.Lock()
        threading.Thread(target=self._run, name="log", daemon=True).start()
        atexit.register(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record, with the request that it belongs to."""
        if current := request_id.get():
            record.__dict__.setdefault("request", current)
        self._waiting.append(record)
        if not self._any.is_set():
            self._any.set()

    def flush(self) -> None:
        """Write what is waiting."""
        with self._writing:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(len(self._waiting), 1_000))]
                with contextlib.suppress(OSError, ValueError):  # nobody reads the log any more
                    self._write("".join([f"{self.format(record)}\n" for record in some]))

    def _run(self) -> None:
        while True:
            self._any.wait()
            time.sleep(PAUSE_S)
            self._any.clear()
            self.flush()


def configure(
    level: str, form: str, stream: IO[str] | None = None, *, behind: bool = False
) -> None:
    """Send the records of all loggers to a stream in the chosen form.

    Args:
        level: debug, info, warning or error.
        form: text or json.
        stream: Where to; standard error unless given.
        behind: Whether lines are written some moments later, so that nobody waits for them.
    """
    # Of no use to the lines below, and a third of what a line costs.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    target = stream or sys.stderr
    handler = Behind(_written_to(target)) if behind else logging.StreamHandler(target)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Libraries talk at INFO about their own lives; only what someone should look at is kept.
    for name in ("uvicorn", "alembic", "asyncio", "tifffile", "numba"):
        logging.getLogger(name).setLevel("DEBUG" if level == "debug" else "WARNING")
    if level == "debug":
        logging.getLogger("numba").setLevel("WARNING")


def scrubbed(text: str) -> str:
    """Return a text without the secrets that may have come into it, such as by an error's message.

    >>> scrubbed("GET http://ann:sesame@host/ password='sesame' Bearer mgt_0123456789abcdefgh")
    'GET http://[secret]@host/ password=[secret] [secret]'
    """
    plain = text.lower()
    if not any(map(plain.__contains__, _SIGNS)):
        return text
    return _SECRET.sub(lambda found: f"{found[1] or ''}[secret]", text)


def _written_to(stream: IO[str]) -> Callable[[str], None]:
    def write(lines: str) -> None:
        stream.write(lines)
        stream.flush()

    return write


@lru_cache(maxsize=4)
def _clock(seconds: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def _extra(record: logging.LogRecord) -> Mapping[str, Any]:
    """Return what the caller gave as `extra`, and the request's id."""
    if isinstance(record, Facts):
        return record.facts
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
