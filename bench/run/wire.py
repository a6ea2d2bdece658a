"""The wire between a process and the local world, watched: TLS as on AWS, and when each call began and ended.

Comes in: a process's connections. Goes out: the same bytes, and a list of calls. Never: a change to a byte, nor a
look at what is said; a call begins with the first byte after an answer, and ends with the last byte of its answer.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import time
from dataclasses import dataclass, field
from pathlib import Path



@dataclass
class Call:
    """One call, in seconds of the monotonic clock."""

    begun: float
    ended: float
    name: str


@dataclass
class Wire:
    """What went over the wire since it was last cleared."""

    calls: list[Call] = field(default_factory=list)
    connections: int = 0

    def clear(self) -> None:
        self.calls, self.connections = [], 0

    def busy(self) -> float:
        """Seconds in which at least one call was not answered yet."""
        total, until = 0.0, 0.0
        for call in sorted(self.calls, key=lambda call: call.begun):
            total += max(0.0, call.ended - max(until, call.begun))
            until = max(until, call.ended)
        return total


def authority(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context for 127.0.0.1, and a bundle of the machine's authorities with the one that signed it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def certificate(subject: str, key, issuer: str, signer, extension: x509.ExtensionType, critical: bool):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        return builder.add_extension(extension, critical).sign(signer, hashes.SHA256())

    ours, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("bench", ours, "bench", ours, x509.BasicConstraints(ca=True, path_length=None), True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = certificate("127.0.0.1", key, "bench", ours, address, False)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem) + private)
    bundle = folder / "bundle.pem"
    known = Path(ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt")
    bundle.write_bytes((known.read_bytes() if known.exists() else b"") + root.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    context.set_alpn_protocols(["http/1.1"])
    return context, bundle


def label(head: bytes) -> str:
    """What a call is, as far as its first bytes say: the target or action, else method and path."""
    text = head.decode("latin-1")
    for line in text.split("\r\n"):
        if line.lower().startswith("x-amz-target:"):
            return line.split(":", 1)[1].strip().rsplit(".", 1)[-1]
    if "Action=" in text:
        return text.split("Action=", 1)[1].split("&", 1)[0]
    return " ".join(text.split(" ", 2)[:2])


async def watch(wire: Wire, host: str, port: int, tls: ssl.SSLContext | None) -> tuple[asyncio.Server, int]:
    """Listens on a free port and carries every connection to `host:port`."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire.connections += 1
        upstream, out = await asyncio.open_connection(host, port)
        current: Call | None = None
        answered = True

        async def up() -> None:
            nonlocal current, answered
            while data := await reader.read(1 << 16):
                if answered:
                    now = time.perf_counter()
                    current, answered = Call(now, now, label(data)), False
                    wire.calls.append(current)
                elif current and current.name.startswith("POST"):
                    # The body came apart from its head.
                    current.name = label(b"POST / HTTP\r\n" + data) if b"Action=" in data else current.name
                out.write(data)
                await out.drain()
            out.close()

        async def down() -> None:
            nonlocal answered
            while data := await upstream.read(1 << 16):
                if current and not (data.startswith(b"HTTP/1.1 100") and len(data) < 64):
                    current.ended, answered = time.perf_counter(), True
                writer.write(data)
                await writer.drain()
            writer.close()

        try:
            await asyncio.gather(up(), down(), return_exceptions=True)
        except (asyncio.CancelledError, RuntimeError):
            # The measurement is over.
            pass

    server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=tls)
    return server, server.sockets[0].getsockname()[1]
