"""The least that an answer can cost here: a Starlette route that returns bytes from memory.

Run with the size of its answer; prints its port once it listens.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.server import listen


def main() -> None:
    """Serve one answer until a signal."""
    body = bytes(range(256)) * (int(sys.argv[1]) // 256 + 1)
    body = body[: int(sys.argv[1])]

    async def picture(request: Request) -> Response:
        return Response(body, media_type="image/jpeg")

    app = Starlette(routes=[Route("/{path:path}", picture)])
    taken = listen("127.0.0.1", 0)
    print(taken.getsockname()[1], flush=True)
    config = uvicorn.Config(app, loop="auto", http="httptools", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[taken])


if __name__ == "__main__":
    main()
