"""What Lambda is given: each function as binary and as zip, for both processors; what is in it; what others are given.

Comes in: `make build` for both processors, the peers. Goes out: bytes. Never: a binary that was built for something else.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

from . import machine
from .places import LOCAL, PEERS, PROCESSORS, ROOT, Problem, binary, functions, keep, kept

MACHINES = {0x3E: "x86_64", 0xB7: "arm64"}
# What c7n takes along when it deploys a policy: itself and these (c7n/mu.py), without what Lambda has.
CUSTODIAN = ("c7n", "argcomplete", "attr", "attrs", "cffi", "cryptography", "dateutil", "jmespath", "jsonschema",
             "jsonschema_specifications", "referencing", "rpds", "tabulate", "typing_extensions", "urllib3", "yaml", "six")
# So many crates are named.
NAMED = 12


def main() -> None:
    result = {"machine": machine.facts(), "functions": {}, "peers": peers(), "contents": contents()}
    for function in functions():
        sizes = {}
        for processor in PROCESSORS:
            try:
                data = binary(function, processor).read_bytes()
            except Problem as problem:
                # Each processor is built for itself; the page says what was not measured.
                print(f"size: {problem}", file=sys.stderr)
                continue
            if MACHINES.get(int.from_bytes(data[18:20], "little")) != processor:
                raise Problem(f"{function} is not for {processor}")
            sizes[processor] = {"binary": len(data), "zip": zipped({"bootstrap": data})}
        sizes["typed_ec2"] = "aws-sdk-ec2" in (ROOT / "functions" / function / "Cargo.toml").read_text()
        result["functions"][function] = sizes
    result["models_layer"] = zipped({"kintsugi/models.pack": (LOCAL / "layer/kintsugi/models.pack").read_bytes()})
    keep("size", result)


def zipped(files: dict[str, bytes]) -> int:
    """Bytes of the zip that carries these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.tell()


def peers() -> dict[str, int]:
    """Zips of the handlers in Python; boto3 is Lambda's own, or brought along as AWS advises."""
    site = next((PEERS / "python/lib").glob("python3*/site-packages"))

    def packages(*names: str) -> dict[str, bytes]:
        files = [path for name in names for path in (site / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return {str(path.relative_to(site)): path.read_bytes() for path in files}

    handlers = {path.name: path.read_bytes() for path in (ROOT / "bench/peers/boto3").glob("*.py")}
    boto = packages("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3")
    return {"handlers": zipped(handlers), "handlers_with_boto3": zipped({**handlers, **boto}), "c7n": zipped(packages(*CUSTODIAN))}


def contents() -> dict[str, list]:
    """The largest crates of each function's code, by cargo-bloat; what was found before, where it is not installed."""
    program = LOCAL / "cargo-bloat/bin/cargo-bloat"
    if not program.exists():
        return (kept("size") or {}).get("contents", {})
    found = {}
    for function in functions():
        command = [str(program), "bloat", "--profile", "measured", "-p", function, "--bin", function, "--crates", "-n", str(NAMED),
                   "--message-format", "json"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            raise Problem(f"cargo bloat {function} failed:\n{done.stderr[-2000:]}")
        said = json.loads(done.stdout)
        found[function] = {"text": said["text-section-size"], "file": said["file-size"],
                           "crates": [[crate["name"], crate["size"]] for crate in said["crates"]]}
    return found
