"""Dollars for 1,000 remediations, beside SSM Automation's price for the same steps.

Comes in: what was measured (bench/results), prices with their date (bench/prices.json), the template's memory, the
steps that were run. Goes out: dollars by item. Never: a price in code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from .places import ROOT, Problem, keep, kept

TIMES = 1000
READS = ("dynamodb:GetItem", "dynamodb:Query")
WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
# A write in a transaction costs two units.
TRANSACTED = "dynamodb:TransactWriteItems"


def main() -> None:
    measured = kept("remediate")
    if measured is None:
        raise Problem("remediations were not measured yet: make bench PART=remediate")
    prices = json.loads((ROOT / "bench/prices.json").read_text())
    rows = [row(each, prices) for each in measured["remediations"]]
    keep("cost", {"prices": prices, "memory_mb": memory(), "rows": rows})


def row(each: dict, prices: dict) -> dict:
    """One remediation: the time in which the function runs or waits for an answer is billed, suspended time is not."""
    seconds = (each["cpu_ms"] + each["all_ms"]) / 1000
    items = {
        "lambda_time": seconds * memory() / 1024 * prices["lambda_gb_second_arm64"],
        "lambda_requests": each["invocations"] * prices["lambda_request"],
        "durable_operations": each["recorded"] * prices["lambda_durable_operation"],
        "durable_data": each["recorded_bytes"] / 1e9 * prices["lambda_durable_gb_written"],
        "dynamodb": dynamodb(each["called"], prices),
        "events": each["called"].get("events:PutEvents", 0) * prices["eventbridge_custom_event"],
    }
    ours, theirs = TIMES * sum(items.values()), TIMES * each["steps"] * prices["ssm_automation_step"]
    return {"runbook": each["runbook"], "items": {name: round(TIMES * value, 6) for name, value in items.items()},
            "dollars": round(ours, 6), "ssm_steps": each["steps"], "ssm_dollars": round(theirs, 6)}


def dynamodb(called: Mapping[str, int], prices: dict) -> float:
    """Items are below 1 KB: a write is one unit, two in a transaction; a consistent read is one."""
    writes = sum(called.get(name, 0) for name in WRITES) + 2 * called.get(TRANSACTED, 0)
    reads = sum(called.get(name, 0) for name in READS)
    return writes * prices["dynamodb_write_unit"] + reads * prices["dynamodb_read_unit"]


def memory() -> int:
    """What the template gives each function."""
    return int(re.search(r"MemorySize: (\d+)", (ROOT / "template.yaml").read_text())[1])
