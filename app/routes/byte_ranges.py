"""One range of a picture's bytes, where a request asks for one (RFC 9110, 14)."""

import re

from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))[ \t]*")


def picture_response(
    request: Request, body: bytes | None, media_type: str, headers: dict[str, str]
) -> Response:
    """Return a picture, or the one range of its bytes that is asked for.

    Several ranges at once, ranges in other units or without sense, and those of another version
    (`If-Range`) are answered with the whole picture, which is always right.

    Args:
        request: Asks for it.
        body: The picture; None if nobody waits for it any more.
        media_type: Of the picture.
        headers: Of the answer, with its ETag.
    """
    headers = headers | {"accept-ranges": "bytes"}
    wanted = request.headers.get("range")
    if wanted is None or body is None or request.method != "GET":
        return Response(body, media_type=media_type, headers=headers)
    matched = _RANGE.fullmatch(wanted)
    condition = request.headers.get("if-range", headers["etag"])
    if matched is None or condition != headers["etag"]:
        return Response(body, media_type=media_type, headers=headers)
    start, end = _ends(matched, len(body))
    if matched[2] and start > int(matched[2]):  # no range at all
        return Response(body, media_type=media_type, headers=headers)
    if start >= end:
        headers["content-range"] = f"bytes */{len(body)}"
        return Response(status_code=416, headers=headers)
    headers["content-range"] = f"bytes {start}-{end - 1}/{len(body)}"
    return Response(body[start:end], 206, headers, media_type)


def asked_range(request: Request, length: int, etag: str) -> range | None:
    """Return the one range of bytes that a request asks for, empty if there is none of it.

    None stands for the whole: as in `picture_response`, for several ranges at once, too.

    Args:
        request: Asks for something of that many bytes.
        length: How many there are.
        etag: Names them.
    """
    matched = _RANGE.fullmatch(request.headers.get("range", "")[:100])
    if matched is None or request.headers.get("if-range", etag) != etag:
        return None
    if matched[2] and int(matched[1]) > int(matched[2]):  # no range at all
        return None
    return range(*_ends(matched, length))


def _ends(matched: re.Match[str], length: int) -> tuple[int, int]:
    """Return the first byte and the one after the last."""
    if matched[3]:
        return max(length - int(matched[3]), 0), length
    last = int(matched[2]) if matched[2] else length - 1
    return int(matched[1]), min(last + 1, length)
