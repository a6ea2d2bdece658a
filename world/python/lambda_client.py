"""Lambda's runtime for one Python function: fetches invocations, calls the handler, sends its answers.

Comes in: a folder and a handler (`runner.handler`); AWS_LAMBDA_RUNTIME_API. Goes out: one answer for each invocation.
Never: two invocations at once, or an end but by a signal; a handler that raises has failed its invocation only.
"""

import importlib
import json
import os
import sys
import time
import urllib.request


# The template's Timeout of run-script. cargo-lambda knows no function's.
SECONDS = 660


class Context:
    """What the handler may ask of its invocation."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.ends = time.monotonic() + SECONDS

    def get_remaining_time_in_millis(self):
        return max(0, int((self.ends - time.monotonic()) * 1000))


def send(url, value):
    request = urllib.request.Request(url, json.dumps(value).encode(), {"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()


def answer(handler, api):
    with urllib.request.urlopen(f"{api}/next") as invocation:
        headers, event = invocation.headers, json.load(invocation)
    mine = f"{api}/{headers['Lambda-Runtime-Aws-Request-Id']}"
    try:
        send(f"{mine}/response", handler(event, Context(headers)))
    except Exception as error:  # whatever it raises fails this invocation, as on Lambda
        send(f"{mine}/error", {"errorType": type(error).__name__, "errorMessage": str(error)})


def main():
    folder, name = sys.argv[1:]
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    module, _, function = name.partition(".")
    handler = getattr(importlib.import_module(module), function)
    # Lambda gives an address; cargo-lambda's has a scheme, because it has a path as well.
    at = os.environ["AWS_LAMBDA_RUNTIME_API"]
    api = f"{at if '://' in at else 'http://' + at}/2018-06-01/runtime/invocation"
    while True:
        answer(handler, api)


if __name__ == "__main__":
    main()
