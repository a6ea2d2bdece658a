"""A finding of AWS Config about a bucket that can be public."""

import boto3
from botocore.exceptions import ClientError
from guarded import OPT_IN, claim, code, fingerprint, planned, refused, release, stop_switch

NAME = "fix-config-drift"

config, s3, ssm, events = (boto3.client(name) for name in ("config", "s3", "ssm", "events"))


def handler(event, context):
    detail = event["detail"]
    rule, kind, bucket = detail["configRuleName"], detail["resourceType"], detail["resourceId"]
    key = {"ResourceType": kind, "ResourceId": bucket}
    source = config.describe_config_rules(ConfigRuleNames=[rule])["ConfigRules"][0]["Source"]
    excepted = config.describe_remediation_exceptions(ConfigRuleName=rule, ResourceKeys=[key])["RemediationExceptions"]
    results = config.get_compliance_details_by_resource(**key)["EvaluationResults"]
    mine = [each["ComplianceType"] for each in results
            if each["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ConfigRuleName"] == rule]
    if excepted or source["Owner"] != "AWS" or mine != ["NON_COMPLIANT"]:
        return refused(NAME, "an exception, not AWS's rule, or compliant by now")
    blocked, tags = blocks(bucket), tags_of(bucket)
    if all(blocked.values()) and blocked or tags.get(OPT_IN) != "true":
        return refused(NAME, "nothing to do, or not opted in")
    print_ = fingerprint(event["account"], event["region"], rule, bucket)
    stop_switch(ssm)
    owner = claim(print_, event["id"], event["time"])
    release(print_, owner, bucket, event["id"], event["time"])
    return planned(events, NAME, "block public access", [f"PutPublicAccessBlock {bucket}"], print_)


def blocks(bucket):
    try:
        return s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if code(error) != "NoSuchPublicAccessBlockConfiguration":
            raise
        return {}


def tags_of(bucket):
    try:
        return {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    except ClientError as error:
        if code(error) != "NoSuchTagSet":
            raise
        return {}
