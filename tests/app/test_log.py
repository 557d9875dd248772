import io
import json
import logging
from collections.abc import Iterator

import pytest

from app import log


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_text_lines_carry_their_values(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.configure("info", "text", stream)

    logging.getLogger("app.x").info("import finished", extra={"images": 12})

    assert stream.getvalue().endswith("INFO app.x import finished images=12\n")


def test_control_characters_cannot_forge_a_line(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.configure("info", "text", stream)

    logging.getLogger("app.x").info("request", extra={"path": "/a\nINFO forged\x1b[2J\u202e"})

    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_json_lines_are_objects_with_the_request(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.configure("info", "json", stream)
    token = log.request_id.set("abc")

    try:
        raise ValueError("x")
    except ValueError:
        logging.getLogger("app.x").exception("unexpected error", extra={"incident": "i"})
    log.request_id.reset(token)

    line = json.loads(stream.getvalue())
    assert line["request"] == "abc"
    assert line["incident"] == "i"
    assert "ValueError: x" in line["traceback"]


def test_levels_are_kept(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.configure("warning", "text", stream)

    logging.getLogger("app.x").info("quiet")
    logging.getLogger("app.x").warning("loud")

    assert "quiet" not in stream.getvalue()
    assert "loud" in stream.getvalue()
