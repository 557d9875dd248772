import logging
from collections.abc import Iterator

import orjson
import pytest
from starlette.exceptions import HTTPException

import render.errors
import store.errors
from app.errors import KNOWN, STATUS, AppError, BusyError, answer, status_of
from store.errors import NotFoundError


def every_subclass(kind: type[Exception]) -> Iterator[type[Exception]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from every_subclass(subclass)


def test_every_error_type_has_a_status_below_500_or_says_that_waiting_helps() -> None:
    import schema.errors  # noqa: F401  (defines further subclasses)

    for base in KNOWN:
        for kind in every_subclass(base):
            listed = [STATUS[parent] for parent in kind.__mro__ if parent in STATUS]
            assert listed, f"{kind.__name__} has no HTTP status in app/errors.py"
            assert listed[0] < 500 or listed[0] == 503 or kind.__name__ == "ConfigurationError"


def test_error_codes_are_stable_names_used_once() -> None:
    kinds = [kind for kind in STATUS if hasattr(kind, "code")]

    assert len({kind.code for kind in kinds}) == len(kinds)
    assert AppError in {kind.__mro__[1] for kind in kinds}


def test_a_known_error_leaves_with_cause_remedy_and_request() -> None:
    response = answer(NotFoundError("image", 42), "abc")

    assert response.status_code == 404
    error = orjson.loads(response.body)["error"]
    assert error["code"] == "not_found"
    assert error["message"] == "No image 42."
    assert error["remedy"]
    assert error["request"] == "abc"


def test_busy_says_when_to_come_back() -> None:
    response = answer(BusyError("Full.", retry_after_s=3), "abc")

    assert response.status_code == 503
    assert response.headers["retry-after"] == "3"


def test_an_unavailable_store_says_when_to_come_back() -> None:
    assert answer(store.errors.UnavailableError("Locked."), "").headers["retry-after"] == "1"


def test_an_unknown_error_is_masked_and_logged_once_with_its_incident(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = RuntimeError("secret /srv/path postgres://u:p@h")

    with caplog.at_level(logging.INFO):
        response = answer(error, "abc")

    assert response.status_code == 500
    assert b"secret" not in response.body
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(getattr(record, "incident")) in bytes(response.body).decode()  # noqa: B009  (an extra)


def test_a_missing_address_has_the_same_form() -> None:
    error = orjson.loads(answer(HTTPException(404), "abc").body)["error"]

    assert set(error) == {"code", "message", "remedy", "request"}


def test_status_of_anything_else_is_500() -> None:
    assert status_of(ValueError()) == 500
    assert status_of(render.errors.UnsupportedFormatError("x")) == 415
