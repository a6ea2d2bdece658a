//! What stands under the help of commands that need AWS: how they are typed.
//!
//! Comes in: nothing. Goes out: texts, wrapped by hand for 80 columns.
//! Never: an example that a reader could not type as it is, with names of their own.

pub(crate) const PLAN: &str = "\
Examples:
  kintsugi plan resize.yaml --params resize.json
  kintsugi plan block.yaml --param BucketName=example --profile audit
  kintsugi plan block.yaml --param BucketName=example --json

What can be read is read for real; nothing is changed.";

pub(crate) const RUN: &str = "\
Examples:
  kintsugi run resize.yaml --params resize.json
  kintsugi run block.yaml --param BucketName=example --yes --json
  kintsugi run resize.yaml --params resize.json --journal resize.journal

The plan is shown and you are asked, unless --yes agrees beforehand. Without a
terminal and without --yes it refuses. Ctrl-C, or SIGTERM, stops the run safely;
the second one leaves at once, and `kintsugi resume` goes on.";

pub(crate) const RESUME: &str = "\
Examples:
  kintsugi resume resize-7d5b1801.journal
  kintsugi resume delete-volume.journal --approve askOwner --comment 'not ours'
  kintsugi resume delete-volume.journal --reject askOwner

What was agreed to when the run began is not asked again.";

pub(crate) const IAM: &str = "\
Examples:
  kintsugi iam resize.yaml
  kintsugi iam resize.yaml block.yaml > policy.json

No call is made. The policy goes to standard output, notes to standard error.";

pub(crate) const TICKET: &str = "\
Examples:
  kintsugi ticket test --function kintsugi-open-ticket
  kintsugi ticket test --json
  KINTSUGI_TICKET_PROVIDER=github KINTSUGI_TICKET_PROJECT=acme/ops \\
    KINTSUGI_TICKET_CREDENTIALS=secretsmanager:github kintsugi ticket test

Without --function the variables KINTSUGI_TICKET_* say where tickets go. The
credentials are read from where they are kept, with your own permissions.
Nothing is opened and nothing is changed.";
