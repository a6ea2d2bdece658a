"""Connections that stay open, as AWS's do.

Comes in: requests, one after the other on each connection. Goes out: moto's answers, each in one piece. werkzeug's own
handler closes after every answer, and watches the connection for 10 ms more before: a connection and a thread for each
call are most of what a call costs here. Never: a change of an answer.
"""

import io
import traceback

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.exceptions import InternalServerError
from werkzeug.test import run_wsgi_app


class KeptOpen(MotoRequestHandler):
    """Answers on a connection until its client closes it."""

    protocol_version = "HTTP/1.1"
    # Answers are collected and sent in one piece: of two, the second would wait until the client acknowledges the first.
    wbufsize = -1

    def run_wsgi(self) -> None:
        # Where the client waits for the word to go on, http.server has written it.
        self.wfile.flush()
        self.environ = environ = self.make_environ()
        # Read whole, whatever moto makes of it: the next request begins behind it.
        environ["wsgi.input"] = io.BytesIO(_body(environ))
        try:
            answer = run_wsgi_app(self.server.app, environ, buffered=True)
        except Exception:
            self.server.log("error", f"Error on request:\n{traceback.format_exc()}")
            answer = run_wsgi_app(InternalServerError(), environ, buffered=True)
        self._send(*answer)

    def _send(self, pieces, status, headers) -> None:
        code, _, reason = status.partition(" ")
        body = b"".join(pieces)
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        has_body = self.command != "HEAD" and code not in ("204", "304")
        if has_body and "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if has_body:
            self.wfile.write(body)
        self.wfile.flush()


def _body(environ) -> bytes:
    if environ.get("wsgi.input_terminated"):
        return environ["wsgi.input"].read()
    return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
