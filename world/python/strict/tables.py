"""DynamoDB writes that are atomic, as AWS's are.

Comes in: moto's tables. Goes out: writes that look at their condition and write without another in between.
Never: a change of what a condition means.
"""

import threading

from moto.dynamodb.models import DynamoDBBackend


def patch() -> None:
    one_at_a_time = threading.RLock()

    def atomic(write):
        def written(*given, **named):
            with one_at_a_time:
                return write(*given, **named)

        return written

    for name in ("put_item", "update_item", "delete_item", "transact_write_items"):
        setattr(DynamoDBBackend, name, atomic(getattr(DynamoDBBackend, name)))
