"""The HTTP server: moto's own on connections that stay open, and one page to tell and change the pace.

Comes in: requests. Goes out: moto's answers; under `/_strict` JSON. Never: a request kept from moto.
"""

import gc
import json
import os
import signal
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple
from werkzeug.wrappers import Request, Response

from .connections import KeptOpen
from .pace import PACE


class WithPace:
    """moto's application with `/_strict` before it."""

    def __init__(self, moto) -> None:
        self._moto = moto

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO") != "/_strict":
            return self._moto(environ, start_response)
        return _pace(Request(environ))(environ, start_response)


def _pace(request: Request) -> Response:
    status = 200
    answer: dict = {}
    if request.method == "PUT":
        try:
            changes = json.loads(request.get_data())
            if not isinstance(changes, dict):
                raise ValueError("a pace is a JSON object")
            PACE.change(changes)
        except ValueError as problem:
            status, answer = 400, {"error": str(problem)}
    return Response(json.dumps(answer or PACE.all()), status=status, content_type="application/json")


def end_with_parent() -> None:
    """Whoever started this holds the other end of standard input: when that process is gone, however it went, so is this."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def serve(host: str, port: int) -> None:
    """Serves until it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    moto = DomainDispatcherApplication(create_backend_app)
    moto.debug = True
    # What is there now stays, and what comes is seldom cyclic: looking for it took two fifths of the time.
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    try:
        run_simple(host, port, WithPace(moto), threaded=True, request_handler=KeptOpen)
    except KeyboardInterrupt:
        pass
