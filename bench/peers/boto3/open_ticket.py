"""An alarm nobody is bound to: one OpsItem."""

import json
import time

import boto3
from guarded import TABLE, dynamodb, fingerprint

ssm = boto3.client("ssm")


def handler(event, context):
    alarm = event["detail"]["alarmName"]
    print_ = fingerprint(event["account"], event["region"], alarm)
    key, now = {"pk": {"S": f"ticket#{print_}"}}, int(time.time())
    dynamodb.update_item(
        TableName=TABLE, Key=key, UpdateExpression="SET holder = :me, heldUntil = :until, expiresAt = :expires",
        ConditionExpression="attribute_not_exists(holder) OR holder = :me OR heldUntil < :now", ReturnValues="ALL_NEW",
        ExpressionAttributeValues={":me": {"S": context.aws_request_id}, ":now": {"N": str(now)},
                                   ":until": {"N": str(now + 30)}, ":expires": {"N": str(now + 15552000)}},
    )
    data = {"/aws/dedup": {"Value": json.dumps({"dedupString": print_}), "Type": "SearchableString"},
            "event": {"Value": json.dumps(event), "Type": "String"}}
    ticket = ssm.create_ops_item(
        Title=f"{alarm} is {event['detail']['state']['value']} and nobody is bound to it", Source="kintsugi", Priority=3,
        Description=f"{event['detail']['state'].get('reason', '')}\n\nBind it, or put it right by hand.",
        OperationalData=data,
    )["OpsItemId"]
    dynamodb.update_item(
        TableName=TABLE, Key=key, UpdateExpression="SET ticket = :id, told = :told REMOVE holder, heldUntil",
        ConditionExpression="attribute_not_exists(holder) OR holder = :me",
        ExpressionAttributeValues={":id": {"S": ticket}, ":me": {"S": context.aws_request_id},
                                   ":told": {"L": [{"S": event["id"]}]}},
    )
    return {"status": "Ticketed", "ticket": {"id": ticket}}
