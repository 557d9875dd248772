"""A web server on this machine for tests of what is read from others."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote


class Served:
    """A folder behind a web server on this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.ranges = True
        self.status = 0
        self.location = ""
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                served.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.path)
        path = self.folder / unquote(request.path).lstrip("/")
        if self.status:
            request.send_response(self.status)
            if self.location:
                request.send_header("Location", self.location)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if not path.is_file():
            request.send_error(404)
            return
        data, size = path.read_bytes(), path.stat().st_size
        part = request.headers.get("Range", "").removeprefix("bytes=")
        first = 0
        if part and self.ranges:
            start, _, stop = part.partition("-")
            first = int(start) if start else size - int(stop)
            data = data[first : int(stop) + 1 if start else None]
            request.send_response(206)
            end = first + len(data) - 1
            request.send_header("Content-Range", f"bytes {first}-{end}/{size}")
        else:
            request.send_response(200)
        request.send_header("ETag", f'"{hash(path.read_bytes())}"')
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
