"""What the five handlers share: clients, the guards' calls, the outcome's event. The calls are Kintsugi's own, one by one.

As most people write it: boto3 clients at import, one call after the other, decisions in plain Python.
"""

import hashlib
import hmac  # noqa: F401  decide_approval needs it, and a cold start pays for it
import json
import logging
import os
import time
import uuid

import boto3
from botocore.exceptions import ClientError

TABLE = os.environ.get("KINTSUGI_GUARD_TABLE", "")
OPT_IN = os.environ.get("KINTSUGI_OPT_IN_TAG", "kintsugi:remediate")

logger = logging.getLogger()
logger.setLevel(logging.INFO)
dynamodb = boto3.client("dynamodb")


def fingerprint(*parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def code(error):
    return error.response["Error"]["Code"]


def stop_switch(ssm):
    try:
        value = ssm.get_parameter(Name=os.environ["KINTSUGI_STOP_PARAMETER"])["Parameter"]["Value"]
    except ClientError as error:
        if code(error) != "ParameterNotFound":
            raise
        return
    if value != "run":
        raise RuntimeError(f"the stop switch says {value}")


def claim(print_, event_id, since):
    """One transaction: the fault is ours, unless this very event was dealt with."""
    now, owner = int(time.time()), str(uuid.uuid4())
    free = "#owner = :owner OR attribute_not_exists(pk) OR expiresAt < :now"
    writes = [{"Update": {
        "TableName": TABLE, "Key": {"pk": {"S": f"observed#{print_}"}},
        "UpdateExpression": "SET #owner = :owner, claimedAt = :now, expiresAt = :expires REMOVE endedAt",
        "ConditionExpression": free, "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": {":owner": {"S": owner}, ":now": {"N": str(now)}, ":expires": {"N": str(now + 3600)}},
    }}]
    for key in (event_id, since):
        writes.append({"ConditionCheck": {
            "TableName": TABLE, "Key": {"pk": {"S": f"observed-event#{print_}#{key}"}},
            "ConditionExpression": "attribute_not_exists(pk) OR expiresAt < :now",
            "ExpressionAttributeValues": {":now": {"N": str(now)}},
        }})
    dynamodb.transact_write_items(TransactItems=writes)
    return owner


def release(print_, owner, resource, event_id, since):
    """The lock, the place among the runs, the claim, and what is remembered of the event."""
    now = int(time.time())

    def harmless(call, **arguments):
        try:
            call(TableName=TABLE, **arguments)
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise

    mine = {"ConditionExpression": "#owner = :owner", "ExpressionAttributeNames": {"#owner": "owner"}}
    harmless(dynamodb.delete_item, Key={"pk": {"S": f"lock#{resource}"}}, **mine,
             ExpressionAttributeValues={":owner": {"S": owner}})
    harmless(dynamodb.update_item, Key={"pk": {"S": "runs"}}, UpdateExpression="DELETE runs :runs",
             ConditionExpression="contains(runs, :owner)",
             ExpressionAttributeValues={":runs": {"SS": [owner]}, ":owner": {"S": owner}})
    harmless(dynamodb.update_item, Key={"pk": {"S": f"observed#{print_}"}}, **mine,
             UpdateExpression="SET endedAt = :now, expiresAt = :expires",
             ExpressionAttributeValues={":owner": {"S": owner}, ":now": {"N": str(now)}, ":expires": {"N": str(now + 10800)}})
    for key in (event_id, since):
        harmless(dynamodb.put_item, Item={
            "pk": {"S": f"observed-event#{print_}#{key}"}, "owner": {"S": owner}, "endedAt": {"N": str(now)},
            "expiresAt": {"N": str(now + 10800)},
        }, ConditionExpression="attribute_not_exists(pk) OR expiresAt < :now",
                 ExpressionAttributeValues={":now": {"N": str(now)}})


def planned(events, function, change, plan, print_):
    """The outcome, as event and as answer."""
    record = {"function": function, "incident": {"fingerprint": print_},
              "outcome": {"status": "Planned", "change": change, "plan": plan}}
    events.put_events(Entries=[{
        "Source": "kintsugi", "DetailType": "Bench Outcome", "Detail": json.dumps(record),
        "EventBusName": os.environ["KINTSUGI_EVENT_BUS"],
    }])
    logger.info(json.dumps(record))
    return record


def refused(function, reason):
    return {"function": function, "outcome": {"status": "Refused", "reason": reason}}
