"""AWS's own durable local runner, for many functions at once.

Comes in: its own arguments. Goes out: the runner, whose invocations do not wait for each other. By itself it makes as many
at once as the machine has processors, and four more, and one whose function died keeps its place for a minute after it
was given up: a few deaths, and nobody is invoked any more. Lambda has no such queue. Never: another change of its ways.
"""

import sys

from aws_durable_execution_sdk_python_testing import cli, invoker, threads

WORKERS = 128


def main() -> None:
    threads.default_max_workers = lambda: WORKERS
    # Nobody waits for an invocation that was given up; its thread need not either.
    invoker.LAMBDA_READ_TIMEOUT_HEADROOM_SECONDS = 1
    sys.exit(cli.main())


if __name__ == "__main__":
    main()
