"""The page behind a signed link: here for a link that is not ours."""

import base64
import hashlib
import hmac
import html
import os
import time

import boto3
from botocore.exceptions import ClientError
from guarded import TABLE, code, dynamodb

secrets = boto3.client("secretsmanager")


def handler(event, context):
    if not within_limit(event["requestContext"]["http"]["sourceIp"]):
        return page(429, "Too many requests.")
    keys = [secret("AWSCURRENT"), secret("AWSPREVIOUS")]
    token = event.get("queryStringParameters", {}).get("token", "")
    claims, _, signature = token.partition(".")
    signed = [base64.urlsafe_b64encode(hmac.new(key.encode(), claims.encode(), hashlib.sha256).digest()) for key in keys if key]
    if not any(hmac.compare_digest(each.rstrip(b"="), signature.encode()) for each in signed):
        return page(403, "This link is not one of ours.")
    return page(200, claims)


def within_limit(address):
    minute = int(time.time()) // 60
    answer = dynamodb.update_item(
        TableName=TABLE, Key={"pk": {"S": f"page#{address}#{minute}"}},
        UpdateExpression="SET expiresAt = :expires ADD seen :one", ReturnValues="ALL_NEW",
        ExpressionAttributeValues={":expires": {"N": str(60 * (minute + 2))}, ":one": {"N": "1"}},
    )
    return int(answer["Attributes"]["seen"]["N"]) <= 60


def secret(stage):
    try:
        return secrets.get_secret_value(SecretId=os.environ["KINTSUGI_APPROVAL_SECRET"], VersionStage=stage)["SecretString"]
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return None


def page(status, text):
    body = f"<!doctype html><title>Approval</title><main><p>{html.escape(text)}</p></main>"
    return {"statusCode": status, "headers": {"content-type": "text/html; charset=utf-8"}, "body": body}
