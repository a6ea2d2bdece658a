"""Lambda's runtime API on this machine: hands out events, takes answers, and knows when.

Comes in: events. Goes out: each answer and its time on the monotonic clock. Never: an event twice.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field

LIMIT_MS = 900_000


@dataclass
class Answer:
    """What a process made of one event."""

    handed: float
    answered: float
    body: bytes
    failed: bool


@dataclass
class Runtime:
    """The API for one process at a time."""

    events: asyncio.Queue = field(default_factory=asyncio.Queue)
    answers: asyncio.Queue = field(default_factory=asyncio.Queue)
    ready: float | None = None
    handed: float = 0.0
    port: int = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def clear(self) -> None:
        self.events, self.answers, self.ready = asyncio.Queue(), asyncio.Queue(), None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read(reader):
                path, body = request
                writer.write(await self.respond(path, body))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def respond(self, path: str, body: bytes) -> bytes:
        if path.endswith("/invocation/next"):
            self.ready = self.ready or time.perf_counter()
            event = await self.events.get()
            self.handed = time.perf_counter()
            return message(200, event, {
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + LIMIT_MS),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:bench",
                "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
            })
        self.answers.put_nowait(Answer(self.handed, time.perf_counter(), body, path.endswith("/error")))
        return message(202, b'{"status":"OK"}', {})


def message(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} OK", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def read(reader: asyncio.StreamReader) -> tuple[str, bytes] | None:
    """One request: its path and its whole body."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    path = lines[0].split(" ")[1]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return path, body
    return path, await reader.readexactly(int(headers.get("content-length", 0)))
