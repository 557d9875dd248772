"""Share links: the address that opens one and leads to what it shows."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth import set_cookie, share_cookie_name, visit_secret
from app.context import Micrograph, micrograph_of, person_of
from app.routes.pages import wants_html
from app.signing_in import is_secure
from store.errors import NotFoundError
from store.share_links import PREFIX, Opened, open_link

NO_STORE = {"cache-control": "no-store"}
SECRET_LENGTH = 64

GONE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Micrograph: this link shows nothing</title>
<h1>This link shows nothing.</h1>
<p>It may have ended, or been taken back. Ask whoever gave it to you for another one.</p>
</html>
"""
_PLACES = {
    "Project": "project",
    "Dataset": "dataset",
    "Screen": "screen",
    "Plate": "plate",
    "Image": "i",
}


async def share(request: Request) -> Response:
    """Open a share link, and go to what it shows; the browser may read it for a day.

    Raises:
        NotFoundError: The link is unknown, was revoked, is over or used up.
    """
    early = request.headers.get("sec-purpose", "").startswith("prefetch")
    if request.method == "HEAD" or early:  # whoever previews links must not use them up
        return Response(status_code=204, headers=NO_STORE)
    micrograph = micrograph_of(request)
    port = micrograph.settings.port
    secret = request.path_params["secret"]
    opened = None
    if secret.startswith(PREFIX) and len(secret) <= SECRET_LENGTH:
        opened = await micrograph.slots.metadata.run(
            person_of(request), _open, micrograph, secret, visit_secret(request, port)
        )
    if opened is None:
        if not wants_html(request):
            raise NotFoundError("share link", "of this address")
        return Response(GONE, 404, NO_STORE, media_type="text/html")
    response = RedirectResponse(address_of(opened), 303, NO_STORE)
    name, secure = share_cookie_name(port), is_secure(request, micrograph)
    set_cookie(response, name, opened.secret, opened.seconds, secure=secure)
    return response


def address_of(opened: Opened) -> str:
    """Return where the client shows what a link shows.

    >>> address_of(Opened("", ("Image", 42), "z=3", 60))
    '/i/42?z=3'
    """
    kind, key = opened.target
    address = f"/{_PLACES[kind]}/{key}"
    return f"{address}?{opened.state}" if opened.state else address


def _open(micrograph: Micrograph, secret: str, visit: str | None) -> Opened | None:
    with micrograph.database.writing() as session:
        return open_link(session, secret, visit)
