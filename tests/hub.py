"""A file server like the hub: it leads to the file, tells its SHA-256, and takes ranges."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """What the server does, and what was asked of it."""

    content: bytes
    sha256: str = ""
    """What it tells of the content; set to something else, it lies."""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes each of the next connections that bring the file is cut."""
    takes_ranges: bool = True
    status: int = 302
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Paths and ranges, in order."""
    url: str = ""

    def __post_init__(self) -> None:
        self.sha256 = self.sha256 or hashlib.sha256(self.content).hexdigest()


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve on this machine until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            hub.asked.append((self.path, wanted))
            if not self.path.startswith("/cdn/"):
                self._lead_on()
                return
            start, _, end = wanted.removeprefix("bytes=").partition("-")
            ranged = hub.takes_ranges and wanted
            first = int(start) if ranged else 0
            last = int(end) if ranged and end else len(hub.content) - 1
            self.send_response(206 if ranged else 200)
            self.send_header("Content-Length", str(last + 1 - first))
            if ranged:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(hub.content)}")
            self.end_headers()
            piece = hub.content[first : last + 1]
            if hub.cuts and not end:
                piece = piece[: hub.cuts.pop(0)]
                self.close_connection = True
            self.wfile.write(piece)

        def _lead_on(self) -> None:
            self.send_response(hub.status)
            if hub.status == 302:
                self.send_header("Location", f"{hub.url}/cdn/file")
            if hub.sha256 != "none":
                self.send_header("X-Linked-Etag", f'"{hub.sha256}"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
