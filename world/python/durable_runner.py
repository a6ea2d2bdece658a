"""AWS's own durable local runner, for many functions at once.

Comes in: its own arguments, and in FUNCTION_INSTANCES how many events each function can work on at once (JSON). Goes out:
the runner. Its invocations do not wait for those of other functions: by itself it makes as many at once as the machine has
processors, and four more, and one whose function died keeps its place for a minute after it was given up. And none is
handed to a function that has no free instance: what waits there is given up after the function's time limit, made
anew, and found by the function all the same, so that many at once would only ever work on what nobody waits for. Lambda
queues such events. Never: another change of its ways.
"""

import asyncio
import collections
import json
import os
import sys

from aws_durable_execution_sdk_python_testing import cli, executor, invoker, threads

WORKERS = 128
# Of a function that nobody has said anything of.
INSTANCES = 2


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


def main() -> None:
    threads.default_max_workers = lambda: WORKERS
    # Nobody waits for an invocation that was given up; its thread need not either.
    invoker.LAMBDA_READ_TIMEOUT_HEADROOM_SECONDS = 1
    one_for_each_instance()
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
