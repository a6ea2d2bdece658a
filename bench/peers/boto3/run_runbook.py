"""Somebody took the public access block of a bucket away."""

import boto3
from guarded import OPT_IN, claim, fingerprint, planned, refused, release, stop_switch

NAME = "run-runbook"

s3, ssm, events = (boto3.client(name) for name in ("s3", "ssm", "events"))


def handler(event, context):
    detail = event["detail"]
    if detail["eventName"] not in ("DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock"):
        return refused(NAME, "another event")
    bucket = detail["requestParameters"]["bucketName"]
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    if tags.get(OPT_IN) != "true":
        return refused(NAME, "not opted in")
    print_ = fingerprint(event["account"], event["region"], NAME, bucket)
    stop_switch(ssm)
    owner = claim(print_, event["id"], event["time"])
    release(print_, owner, bucket, event["id"], event["time"])
    return planned(events, NAME, "put back the public access block", [f"PutPublicAccessBlock {bucket}"], print_)
