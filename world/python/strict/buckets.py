"""S3 buckets as closed as AWS makes them.

Comes in: moto's buckets. Goes out: new buckets that block public access and have no ACLs, and the refusals that follow.
Never: a check of single objects.
"""

import ipaddress
import json

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend

OWNER_ENFORCED = "BucketOwnerEnforced"
EVERYBODY = ("groups/global/AllUsers", "groups/global/AuthenticatedUsers")
#: Condition keys that make a grant to everybody one to somebody, when their values name something.
RESTRICTING = {
    "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:sourceaccount",
    "aws:sourcearn", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner", "aws:sourcevpc",
    "aws:sourcevpce", "aws:userid", "aws:vpcsourceip", "s3:dataaccesspointarn", "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}  # fmt: skip


def patch() -> None:
    _new_buckets()
    _policies()
    _acls()


def _new_buckets() -> None:
    """Since April 2023 a new bucket blocks public access and has no ACLs."""
    made = FakeBucket.__init__

    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        self.public_access_block = PublicAccessBlock(True, True, True, True)
        self.ownership_rule = OWNER_ENFORCED

    FakeBucket.__init__ = init


def _policies() -> None:
    put = S3Backend.put_bucket_policy

    def strict_put(self, bucket_name, policy):
        bucket = self.get_bucket(bucket_name)
        try:
            parsed = json.loads(policy)
        except ValueError:
            raise S3ClientError("MalformedPolicy", "This policy contains invalid Json") from None
        block = bucket.public_access_block
        if block is not None and block.block_public_policy and is_public(parsed):
            raise denied(bucket_name, "PutBucketPolicy", "policies", "BlockPublicPolicy")
        put(self, bucket_name, policy)

    S3Backend.put_bucket_policy = strict_put


def _acls() -> None:
    put = S3Backend.put_bucket_acl

    def strict_put(self, bucket_name, acl):
        bucket = self.get_bucket(bucket_name)
        if _ownership(bucket) == OWNER_ENFORCED and not _is_private(acl):
            raise S3ClientError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        block = bucket.public_access_block
        if block is not None and block.block_public_acls and _acl_is_public(acl):
            raise denied(bucket_name, "PutBucketAcl", "access control lists (ACLs)", "BlockPublicAcls")
        put(self, bucket_name, acl)

    S3Backend.put_bucket_acl = strict_put


def denied(bucket: str, action: str, what: str, setting: str) -> S3ClientError:
    message = (
        f'User: arn:aws:iam::123456789012:user/local is not authorized to perform: s3:{action} on resource: '
        f'"arn:aws:s3:::{bucket}" because public {what} are prevented by the {setting} setting in S3 Block Public Access.'
    )
    return S3ClientError("AccessDenied", message)


def _ownership(bucket) -> str | None:
    rule = bucket.ownership_rule
    return rule if isinstance(rule, str) or rule is None else rule.get("ObjectOwnership")


def _acl_is_public(acl) -> bool:
    return acl is not None and any(g.uri.endswith(EVERYBODY) for grant in acl.grants for g in grant.grantees)


def _is_private(acl) -> bool:
    """Only the owner, with everything: the one ACL that a bucket without ACLs takes."""
    if acl is None or not acl.grants:
        return True
    return all(not g.uri for grant in acl.grants for g in grant.grantees) and len(acl.grants) == 1


def is_public(policy: dict) -> bool:
    """S3's own meaning: some statement allows everybody, and no condition narrows it."""
    statements = policy.get("Statement") or []
    return any(_lets_everybody(s) for s in ([statements] if isinstance(statements, dict) else statements))


def _lets_everybody(statement: dict) -> bool:
    if statement.get("Effect") != "Allow" or _is_narrowed(statement.get("Condition") or {}):
        return False
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    return "*" in _list(principal.get("AWS") if isinstance(principal, dict) else principal)


def _is_narrowed(condition: dict) -> bool:
    for operator, keys in condition.items():
        word = operator.lower()
        if "not" in word or word.endswith("ifexists") or word == "null":
            continue
        if any(key.lower() in RESTRICTING and all(_names_something(key, v) for v in _list(value)) for key, value in keys.items()):
            return True
    return False


def _names_something(key: str, value) -> bool:
    if key.lower() == "aws:sourceip":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= (8 if network.version == 4 else 32)
    return isinstance(value, str) and not any(c in value for c in "*?$")


def _list(value) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]
