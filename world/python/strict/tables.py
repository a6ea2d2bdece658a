"""DynamoDB reads and writes that are atomic, as AWS's are.

Comes in: moto's tables. Goes out: writes that look at their condition and write without another in between; answers that
are copies, for moto's own would change, or break, under whoever turns them into JSON; transactions that copy what they
touch. moto copies the whole table for each item of a transaction, and keeps every copy.
Never: a change of what a condition means.
"""

import copy
import threading
from types import SimpleNamespace

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


def patch() -> None:
    one_at_a_time = threading.RLock()

    def atomic(method):
        def done(*given, **named):
            with one_at_a_time:
                return copy.deepcopy(method(*given, **named))

        return done

    DynamoDBBackend.transact_write_items = restoring(DynamoDBBackend.transact_write_items)
    reads = ("get_item", "query", "scan")
    for name in ("put_item", "update_item", "delete_item", "transact_write_items", *reads):
        setattr(DynamoDBBackend, name, atomic(getattr(DynamoDBBackend, name)))

    def deepcopy(value):
        # The copy of a table is the way back of a transaction, which has one of its own here.
        return value if isinstance(value, Table) else copy.deepcopy(value)

    models.copy = SimpleNamespace(deepcopy=deepcopy)


def restoring(transact):
    """The transaction, with the items put back as they were when it is cancelled."""

    def transacted(self, transact_items):
        touched = [place(self.tables.get(op.get("TableName")), op) for each in transact_items for op in each.values()]
        before = [(here, item_at(here)) for here in touched if here]
        try:
            return transact(self, transact_items)
        except Exception:
            for here, item in before:
                put_back(here, item)
            raise

    return transacted


def place(table, op):
    """Table, hash and range key of what an operation is about; none if that cannot be told, which moto refuses."""
    key = op.get("Key") or op.get("Item") or {}
    if table is None or table.hash_key_attr not in key:
        return None
    ranged = table.range_key_attr
    if ranged is not None and ranged not in key:
        return None
    return table, DynamoType(key[table.hash_key_attr]), DynamoType(key[ranged]) if ranged is not None else None


def item_at(here):
    table, hashed, ranged = here
    found = table.items.get(hashed)
    if ranged is not None:
        found = (found or {}).get(ranged)
    return copy.deepcopy(found)


def put_back(here, item):
    table, hashed, ranged = here
    if ranged is None:
        items, key = table.items, hashed
    else:
        items, key = table.items[hashed], ranged
    if item is None:
        items.pop(key, None)
    else:
        items[key] = item
