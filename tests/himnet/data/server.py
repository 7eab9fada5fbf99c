"""A small HTTP server with the bad manners that downloads meet."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror:
    """What the server has, how it behaves, and which ranges it was asked for.

    Attributes:
        content: bytes of the file.
        ranges: whether it understands Range.
        cut: for each of the first answers, after how many bytes the connection breaks.
        status: an answer instead of the file.
        silent_length: leave Content-Length out.
        shift: answer a range from so many bytes later than it was asked for.
        told: Content-Range of every answer, in place of the right one; "" for none.
        partial: answer with a part where all was asked for.
        more: bytes that come after the promised ones.
        length: Content-Length in place of the right one.
        asked: the Range header of each request so far, None where there was none.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ranges = True
        self.cut: list[int] = []
        self.status: int | None = None
        self.silent_length = False
        self.shift = 0
        self.told: str | None = None
        self.partial = False
        self.more = b""
        self.length: str | None = None
        self.asked: list[str | None] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        if self.status is not None:
            handler.send_error(self.status)
            return
        if self.partial:
            wanted = wanted or "bytes=0-"
        begin = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and self.ranges else None
        if begin is not None and begin >= len(self.content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(self.content)}")
            handler.end_headers()
            return
        self._send(handler, begin)

    def _send(self, handler: BaseHTTPRequestHandler, begin: int | None) -> None:
        handler.send_response(200 if begin is None else 206)
        if begin is not None:
            begin += self.shift
            last, total = len(self.content) - 1, len(self.content)
            told = f"bytes {begin}-{last}/{total}" if self.told is None else self.told
            if told:
                handler.send_header("Content-Range", told)
        body = self.content[begin or 0 :] + self.more
        if not self.silent_length:
            handler.send_header("Content-Length", self.length or str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.cut.pop(0)] if self.cut else body)
        handler.close_connection = True


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    """Serve the mirror on a free port of this machine and set its `url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.answer(self)

        def log_message(self, *_: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}/files/METR-LA.csv"
    try:
        yield mirror
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
