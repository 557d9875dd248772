import io
import json
import logging
import threading
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


def test_lines_written_behind_are_those_written_at_once(root: logging.Logger) -> None:
    now, later = io.StringIO(), io.StringIO()
    for stream, behind in ((now, False), (later, True)):
        log.configure("info", "text", stream, behind=behind)
        token = log.request_id.set("abc")
        logging.getLogger("app.x").info("import finished", extra={"images": 12})
        log.request_id.reset(token)
        root.handlers[0].flush()

    assert "import finished images=12 request=abc" in later.getvalue()
    assert now.getvalue().split(" ", 1)[1] == later.getvalue().split(" ", 1)[1]


def test_nobody_who_logs_waits_for_the_reader_of_the_log(root: logging.Logger) -> None:
    held, written = threading.Event(), []

    def write(lines: str) -> None:
        held.wait(20)
        written.append(lines)

    handler = log.Behind(write)
    handler.setFormatter(logging.Formatter("%(message)s"))
    root.handlers[:] = [handler]
    root.setLevel("INFO")
    for number in range(log.HELD + 10):
        root.info("line %d", number)
    held.set()
    handler.flush()

    assert "".join(written).splitlines()[-1] == f"line {log.HELD + 9}"


def test_a_record_of_facts_looks_like_any_other(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.configure("info", "text", stream)
    logger = logging.getLogger("app.access")

    logger.handle(log.Facts(logger.name, logging.INFO, "request", {"status": 200}))
    logger.info("request", extra={"status": 200})

    first, second = stream.getvalue().splitlines()
    assert first[8:] == second[8:] == " INFO app.access request status=200"


SECRETS = {
    "a token of ours": ("token mgt_0123456789abcdefghijklmnop failed", "0123456789abcdef"),
    "a header": ("sent Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
    "a cookie": ("Cookie: micrograph-8080=Qm9ZdXIx-_AbCdEf; x=1", "Qm9ZdXIx"),
    "an address": ("postgresql://ann:sesame@db/images", "sesame"),
    "a one-time address": ("GET /login?token=abc_DEF-123&next=/", "abc_DEF"),
    "a password in Python": ("body {'password': 'open sesame', 'user': 'ann'}", "sesame"),
    "a password in JSON": ('body {"password": "open sesame", "user": "ann"}', "sesame"),
    "a signature": ("s3://x?X-Amz-Signature=00aabbcc", "00aabbcc"),
    "a hash": ("row $argon2id$v=19$m=65536,t=3$c2FsdA$aGFzaA", "c2FsdA"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_left_out_of_lines(
    root: logging.Logger, text: str, secret: str, form: str
) -> None:
    stream = io.StringIO()
    log.configure("info", form, stream)
    try:
        raise RuntimeError(text)
    except RuntimeError:
        logging.getLogger("a").exception("failed", extra={"about": text})
    logging.getLogger("a").info(text)
    lines = stream.getvalue()

    assert secret in text
    assert secret not in lines
    assert lines.count("[secret]") >= 3
