"""On what was measured. Comes in: this machine. Goes out: a few facts. Never: a name or an address of it."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from pathlib import Path

from .places import PEER_NODE, PEER_PYTHON, ROOT


def facts() -> dict[str, str]:
    """What a reader needs to compare."""
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "processor": f"{os.cpu_count()} x {cpu}", "system": platform.system(),
        "rust": told(["rustc", "--version"]).split(" (")[0],
        "python": told([str(PEER_PYTHON), "--version"]), "node": told(["node", "--version"]),
        **{name: version(name) for name in ("awslambdaric", "boto3", "c7n")},
        "cdk-ssm-documents": node_version("@cdklabs/cdk-ssm-documents"),
        "commit": told(["git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]),
    }


def told(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    except OSError:
        return ""


def version(package: str) -> str:
    program = f"from importlib.metadata import version; print(version({package!r}))"
    return told([str(PEER_PYTHON), "-c", program])


def node_version(package: str) -> str:
    import json
    path = PEER_NODE / "node_modules" / package / "package.json"
    return json.loads(path.read_text())["version"] if path.exists() else ""
