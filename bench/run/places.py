"""Where things are. Comes in: the checkout. Goes out: paths. Never: a path of this machine in a result."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
RESULTS = ROOT / "bench/results"
MODELS = LOCAL / "models/models.pack"
PEERS = LOCAL / "peers"
PEER_PYTHON = PEERS / "python/bin/python"
PEER_NODE = PEERS / "node"
PROCESSORS = ("arm64", "x86_64")


class Problem(Exception):
    """What the person at the keyboard can put right."""


def functions() -> list[str]:
    """The functions written in Rust, by name."""
    return sorted(manifest.parent.name for manifest in (ROOT / "functions").glob("*/Cargo.toml"))


def binary(function: str, processor: str) -> Path:
    """A function as `make build ARCH=...` leaves it for Lambda."""
    path = TARGET / "deployed" / processor / function
    if not path.exists():
        raise Problem(f"{function} is not built for {processor}; run `make build ARCH={processor}`")
    return path


def keep(part: str, result: dict[str, Any]) -> None:
    """Writes the numbers of one part."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{part}.json").write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


def kept(part: str) -> dict[str, Any] | None:
    """The numbers of one part, if it was ever measured."""
    path = RESULTS / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else None
