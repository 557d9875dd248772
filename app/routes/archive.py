"""/archive: originals of any selection as one zip file, and manifests of them."""

from collections.abc import Iterator
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.context import Micrograph, micrograph_of, person_of
from app.limits import read_json
from app.originals import (
    Archive,
    Listed,
    keep_learned,
    manifest,
    pack,
    parse_refs,
    recall,
    record,
    remember,
)
from app.routes.parameters import Parameters
from app.routes.sending import PRIVATE, attachment, is_beginning, send, stream
from store.archiving.sums import Rate
from store.errors import InvalidInputError
from store.queries.originals import Original, Ref, originals

BODY_LIMIT = 1 << 20
BLOCK_LINES = 50
_TYPES = {
    "tsv": ("text/tab-separated-values; charset=utf-8", "manifest.tsv"),
    "jsonl": ("application/jsonl; charset=utf-8", "manifest.jsonl"),
    "sha256": ("text/plain; charset=utf-8", "SHA256SUMS"),
}


async def archive(request: Request) -> Response:
    """Answer with the zip file of a selection (GET), or keep a long one for that (POST).

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: Something is not there, or not visible.
        InvalidInputError: Something has no files, or it is too much.
        UnreadableFileError: None of the files is as it came.
        BusyError: Too many downloads are going on.
    """
    micrograph = micrograph_of(request)
    if request.method == "POST":
        body = await read_json(request, BODY_LIMIT, micrograph.settings.receive_timeout)
        answer = await micrograph.slots.metadata.run(
            person_of(request), _select, micrograph, request, body.get("ids")
        )
        return JSONResponse(answer, 201, headers={**PRIVATE, "location": str(answer["url"])})
    found = Parameters(request, frozenset({"ids", "selection"}))
    packed = await micrograph.slots.metadata.run(
        person_of(request), _pack, micrograph, request, found
    )
    headers = {
        "content-type": "application/zip",
        "content-disposition": attachment(packed.name),
        "etag": packed.layout.etag,
        "x-missing": str(packed.missing),
    }
    layout = packed.layout
    done = partial(keep_learned, micrograph, packed)
    return send(request, layout.length, headers, layout.blocks, done)


async def archive_manifest(request: Request) -> Response:
    """Answer with a list of the files of a selection, with sizes and SHA-256.

    Raises:
        NotSignedInError: Nobody is signed in.
        NotFoundError: Something is not there, or not visible.
        InvalidInputError: Something has no files, or it is too much.
        BusyError: Too many downloads are going on.
    """
    found = Parameters(request, frozenset({"ids", "selection", "format", "hashes"}))
    form, hashes = found.text("format") or "tsv", found.text("hashes") or "known"
    if form not in _TYPES or hashes not in ("known", "all"):
        raise InvalidInputError(
            f"No manifest with format={form[:32]!r} and hashes={hashes[:32]!r}.",
            f"Formats are {', '.join(_TYPES)}; hashes are known or all.",
        )
    micrograph = micrograph_of(request)
    files = await micrograph.slots.metadata.run(
        person_of(request), _files, micrograph, request, found
    )
    rate = Rate(float(micrograph.settings.hash_rate))
    lines = manifest(micrograph, files, hashes=hashes == "all" or form == "sha256", rate=rate)
    media_type, name = _TYPES[form]
    headers = {"content-type": media_type, "content-disposition": attachment(name)}
    return stream(request, _blocks(form, lines), headers)


def write_line(form: str, listed: Listed) -> str:
    """Return one line of a manifest; empty for what the format has no line for."""
    original, size = listed.original, listed.original.identity.size
    if form == "sha256":
        return (
            sum_line(listed.sha256, original.name) if listed.sha256 and not listed.problem else ""
        )
    # Chunks of Zarr stores have no address of their own.
    url = f"/files/{original.id}" if original.id > 0 else ""
    state = listed.problem or "ok"
    if form == "tsv":
        facts = (cell(original.name), str(size), listed.sha256 or "", url, state)
        return "\t".join(facts) + "\n"
    line = {
        "id": f"OriginalFile:{original.id}" if original.id > 0 else None,
        "name": original.name,
        "size": size,
        "sha256": listed.sha256,
        "url": url or None,
        "state": state,
    }
    return orjson.dumps(line).decode() + "\n"


def cell(text: str) -> str:
    r"""Return a text as a cell of a table that a spreadsheet neither runs nor breaks at.

    >>> cell("=HYPERLINK(1)"), cell("a\tb"), cell("a-b.tif")
    ("'=HYPERLINK(1)", 'a b', 'a-b.tif')
    """
    plain = "".join(char if char.isprintable() else " " for char in text)
    return f"'{plain}" if plain.lstrip()[:1] in {"=", "+", "-", "@"} else plain


def sum_line(sha256: str, name: str) -> str:
    r"""Return a line for `sha256sum --check`, which writes names over several lines so.

    >>> sum_line("ab", "a\nb")
    '\\ab  a\\nb\n'
    """
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{sha256}  {escaped}\n"


def head_of(form: str) -> str:
    """Return the line of headings of a manifest, where it has one."""
    return "name\tsize\tsha256\turl\tstate\n" if form == "tsv" else ""


def _blocks(form: str, lines: Iterator[Listed]) -> Iterator[bytes]:
    waiting = [head_of(form)]
    try:
        for listed in lines:
            waiting.append(write_line(form, listed))
            if len(waiting) >= BLOCK_LINES:
                yield "".join(waiting).encode()
                waiting = []
        yield "".join(waiting).encode()
    finally:
        close = getattr(lines, "close", None)
        if close is not None:
            close()


def _refs(micrograph: Micrograph, found: Parameters) -> list[Ref]:
    ids, token = found.text("ids"), found.text("selection")
    if (ids is None) == (token is None):
        raise InvalidInputError(
            "Name what is wanted.", "Give ids=Fileset:1,Image:4 or selection=…, one of them."
        )
    return (
        parse_refs(ids.split(","))
        if ids is not None
        else recall(micrograph.settings.data, token or "")
    )


def _pack(micrograph: Micrograph, request: Request, found: Parameters) -> Archive:
    with micrograph.viewing(request) as (session, viewer):
        packed, given = pack(session, viewer, _refs(micrograph, found))
    if is_beginning(request) and "if-none-match" not in request.headers:
        record(micrograph, viewer, given)
    return packed


def _files(micrograph: Micrograph, request: Request, found: Parameters) -> list[Original]:
    with micrograph.viewing(request) as (session, viewer):
        return originals(session, viewer, _refs(micrograph, found))


def _select(micrograph: Micrograph, request: Request, ids: object) -> dict[str, object]:
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise InvalidInputError("No list of ids.", 'Send {"ids": ["Fileset:1", "Image:4"]}.')
    refs = parse_refs(ids)
    with micrograph.viewing(request) as (session, viewer):
        files = originals(session, viewer, refs)
    token = remember(micrograph.settings.data, refs)
    return {
        "selection": token,
        "url": f"/archive?selection={token}",
        "files": len(files),
        "bytes": sum(one.identity.size for one in files),
    }
