"""AWS's own durable local runner, for many functions at once.

Comes in: its own arguments; in FUNCTION_INSTANCES how many events each function can work on at once (JSON); in RETRY_SECONDS
how long it waits before it makes an invocation again; and under `/_world/deaths/NAME` word that a function's processes have
died, for Lambda knows that at once: what they were working on has failed, and does not wait for the end of its time. Goes out:
the runner. Its invocations do not wait for those of other functions: by itself it makes as many at once as the machine has
processors, and four more, and one that was given up keeps its place until its time is over. And none is
handed to a function that has no free instance: what waits there is given up after the function's time limit, made
anew, and found by the function all the same, so that many at once would only ever work on what nobody waits for. Lambda
queues such events. Connections stay open after an answer, as AWS's do: a new one for each call, with a thread of its own, costs
more than the call. Never: another change of its ways.
"""

import asyncio
import collections
import concurrent.futures
import json
import os
import sys
import threading

from aws_durable_execution_sdk_python_testing import cli, executor, invoker, threads
from aws_durable_execution_sdk_python_testing.exceptions import DurableFunctionsTestError
from aws_durable_execution_sdk_python_testing.web.server import RequestHandler, WebServer

WORKERS = 128
# Of a function that nobody has said anything of.
INSTANCES = 2
DEATHS = "/_world/deaths/"


def one_for_each_instance() -> None:
    """Lets invocations wait for a free instance before their time begins to run."""
    told = json.loads(os.environ.get("FUNCTION_INSTANCES", "{}"))
    free = collections.defaultdict(lambda: asyncio.Semaphore(INSTANCES))
    free.update({name: asyncio.Semaphore(instances) for name, instances in told.items()})
    make, waiting = executor.Executor._invoke_handler, set()

    def bounded(self, arn):
        invoke = make(self, arn)
        function = self.get_execution(arn).start_input.function_name

        async def when_free():
            if self._invocation_gate(arn) is executor.InvocationState.INVOKING:
                # It is noted for the invocation that is under way; there is nothing to wait for.
                await invoke()
            elif arn not in waiting:
                waiting.add(arn)
                async with free[function]:
                    waiting.discard(arn)
                    await invoke()

        return when_free

    executor.Executor._invoke_handler = bounded


def deaths_are_known() -> None:
    """Ends the invocations of a function whose processes have died."""
    pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
    invoke, post = invoker.LambdaInvoker.invoke, RequestHandler.do_POST
    one_at_a_time, under_way = threading.Lock(), collections.defaultdict(set)

    def mortal(self, function, *given, **named):
        name, death = function.partition(":")[0], concurrent.futures.Future()
        with one_at_a_time:
            under_way[name].add(death)
        answer = pool.submit(invoke, self, function, *given, **named)
        try:
            ended, _ = concurrent.futures.wait({answer, death}, return_when=concurrent.futures.FIRST_COMPLETED)
            return (answer if answer in ended else death).result()
        finally:
            # What still waits for a thread is not to be sent any more.
            answer.cancel()
            with one_at_a_time:
                under_way[name].discard(death)

    def dead(name: str) -> None:
        with one_at_a_time:
            invocations = under_way.pop(name, ())
        for invocation in invocations:
            invocation.set_exception(DurableFunctionsTestError("Runtime.ExitError: the process has died"))

    def told(self) -> None:
        if not self.path.startswith(DEATHS):
            return post(self)
        dead(self.path.removeprefix(DEATHS))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    invoker.LambdaInvoker.invoke = mortal
    RequestHandler.do_POST = told


def connections_stay_open() -> None:
    """Answers on a connection until its client closes it; each in one piece, with its length."""

    def whole(self, response) -> None:
        body = response.body_to_bytes() if response.body else b""
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if response.status_code >= 400:
            # The request may not have been read to its end.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    RequestHandler.protocol_version = "HTTP/1.1"
    RequestHandler.wbufsize = -1
    RequestHandler._send_response = whole
    WebServer.request_queue_size = 128


def main() -> None:
    connections_stay_open()
    deaths_are_known()
    threads.default_max_workers = lambda: WORKERS
    # Nobody waits for an invocation that was given up; its thread need not either.
    invoker.LAMBDA_READ_TIMEOUT_HEADROOM_SECONDS = 1
    executor.Executor.RETRY_BACKOFF_SECONDS = float(os.environ.get("RETRY_SECONDS", "5"))
    one_for_each_instance()
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
