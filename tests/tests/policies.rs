//! Least privilege, derived: what a function may do is what its runbooks and its code call, no more and no less.
//!
//! Runbooks say so themselves (`engine::api_calls`); the functions' own calls are read from their source, in the two
//! ways they are written here: by name through `aws-api`, and on a typed client.

#![expect(clippy::unwrap_used, reason = "these helpers are part of tests, where a look that fails is a failed test")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use shared::catalogue::{Binding, bindings, name_in_ssm, runbook_of, ssm_documents};
use shared::lowcode::lookups;
use tests::checkout::{files, root, text};
use tests::local::with_counterparts;
use tests::source::{calls_by_name, shipped, typed_calls};
use tests::template::{Block, Template, list};

/// Actions that no call of ours names, and why a role needs them all the same.
const ON_BEHALF: [(&str, &str, &str); 8] = [
    ("fix-config-drift", "iam:PassRole", "flow logs and trails write as a role that the caller passes"),
    ("fix-config-drift", "iam:CreateServiceLinkedRole", "Security Hub makes its role in the caller's name"),
    ("resize-on-cpu-alarm", "kms:CreateGrant", "EC2 starts an instance with encrypted volumes in the caller's name"),
    ("run-runbook", "kms:CreateGrant", "EC2 starts an instance with encrypted volumes in the caller's name"),
    ("open-ticket", "kms:Decrypt", "Secrets Manager and Parameter Store decrypt in the caller's name"),
    ("open-ticket", "sqs:ReceiveMessage", "Lambda's poller takes waiting tickets in this name"),
    ("open-ticket", "sqs:DeleteMessage", "Lambda's poller takes waiting tickets in this name"),
    ("open-ticket", "sqs:GetQueueAttributes", "Lambda's poller takes waiting tickets in this name"),
];

/// Writes for which IAM knows no resource: settings of the whole account.
const WITHOUT_RESOURCE: [&str; 5] = [
    "ssm:CancelCommand",
    "ssm:CreateOpsItem",
    "ec2:EnableEbsEncryptionByDefault",
    "iam:UpdateAccountPasswordPolicy",
    "s3:PutAccountPublicAccessBlock",
];
/// Statements about what has no tags yet, or never.
const WITHOUT_TAGS: [&str; 2] = ["LogTraffic", "MendTheAccount"];

type Actions = BTreeSet<String>;

fn granted(template: &Template, block: &Block) -> Actions {
    template.statements(block).iter().flat_map(|statement| list(&statement["Action"])).collect()
}

/// The bindings of a function that run a runbook.
fn running(function: &str) -> impl Iterator<Item = Binding> {
    let bound = bindings().unwrap().into_iter();
    bound.filter(move |binding| binding.function == function && binding.ticket_only.is_none())
}

fn of_runbooks(bindings: impl Iterator<Item = Binding>) -> Actions {
    let calls = bindings.flat_map(|binding| engine::api_calls(&runbook_of(&binding).unwrap()));
    calls.flat_map(|(service, api, _)| aws_api::iam::actions(&service, &api)).collect()
}

/// What bindings without Rust look at: the resource's tags, what a diagnosis says, what shows that the fault is gone.
fn of_low_code(function: &str) -> Actions {
    let bound = bindings().unwrap().into_iter().filter(|binding| binding.function == function && binding.is_low_code());
    let calls = bound.flat_map(|binding| {
        let verify = binding.verify.iter().map(|verify| verify.call.clone());
        let advice = binding.ticket_only.iter().flat_map(|only| &only.diagnosis).map(|look| look.call.clone());
        let tags = binding.ticket_only.is_none().then(|| looked_up(&binding)).into_iter().flatten();
        verify.chain(advice).chain(tags).collect::<Vec<_>>()
    });
    let actions = calls.flat_map(|call| {
        let (service, api) = call.split_once(':').unwrap();
        aws_api::iam::actions(service, api)
    });
    actions.collect()
}

fn looked_up(binding: &Binding) -> Vec<String> {
    let of_rule = binding.when.config_rule.as_ref().map(|on| &on.resource_type);
    let kind = binding.resource.as_ref().map(|from| &from.kind).or(of_rule).unwrap();
    lookups(kind).unwrap().unwrap().iter().map(|lookup| lookup.call.clone()).collect()
}

/// Actions of every call in the shipped source below `folder`, `except` folders and files left out. Calls on a typed
/// client are those of `typed`, the service of the crate's one SDK crate.
fn of_source(folder: &str, except: &[&str], typed: Option<&str>) -> Actions {
    let mut actions = Actions::new();
    for path in files(folder, "rs").unwrap() {
        let name = path.to_string_lossy().into_owned();
        if except.iter().any(|part| name.contains(part)) || name.ends_with("tests.rs") {
            continue;
        }
        let text = text(&path).unwrap();
        let source = shipped(&text);
        actions.extend(calls_by_name(source).iter().flat_map(|(service, api)| aws_api::iam::actions(service, api)));
        let operations = typed.map(|_| typed_calls(source)).unwrap_or_default();
        actions.extend(operations.iter().flat_map(|api| aws_api::iam::actions(typed.unwrap(), api)));
    }
    actions
}

/// Whether shipped source below `folder` uses this module of `shared`.
fn uses(folder: &str, module: &str) -> bool {
    files(&format!("{folder}/src"), "rs")
        .unwrap()
        .into_iter()
        .any(|path| shipped(&text(path).unwrap()).contains(module))
}

/// The service of the typed SDK crate that a crate depends on.
fn typed_service(manifest: &str) -> Option<String> {
    let manifest = text(manifest).unwrap();
    let line = manifest.lines().find_map(|line| line.strip_prefix("aws-sdk-"));
    line.and_then(|rest| rest.split(['.', ' ']).next()).map(str::to_owned)
}

/// The guards' writes go through one function that takes the operation's name.
fn of_guards() -> Actions {
    let mut actions = of_source("shared/src", &["src/ticket", "src/host", "src/approval", "src/alarm"], None);
    for path in files("shared/src/guard", "rs").unwrap() {
        let text = text(path).unwrap();
        let operations = shipped(&text).split("write(services, \"").skip(1).filter_map(|rest| rest.split('"').next());
        actions.extend(operations.flat_map(|api| aws_api::iam::actions("dynamodb", api)));
    }
    actions
}

/// The page decides: it alone writes decisions and tells the run that waits. Of the guards it needs the table's reader.
fn of_the_page() -> Actions {
    let mut actions = of_source("functions/decide-approval/src", &[], None);
    // Asking is another's.
    let asks = ["approval/deliver", "approval/rules", "approval/step", "approval/ask"];
    actions.extend(of_source("shared/src/approval", &asks, None));
    actions.extend(aws_api::iam::actions("dynamodb", "GetItem"));
    actions
}

/// It looks, remembers, invokes and tells how it fared; of the guards it asks the stop switch alone.
fn of_the_finder() -> Actions {
    let mut actions = of_source("functions/find-faults/src", &[], None);
    let others: Vec<String> =
        files("shared/src/guard", "rs").unwrap().iter().map(|path| path.display().to_string()).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).filter(|path| !path.ends_with("guard/stop.rs")).collect();
    actions.extend(of_source("shared/src/guard", &others, None));
    actions.extend(
        calls_by_name(shipped(&text("shared/src/publish.rs").unwrap()))
            .iter()
            .flat_map(|(s, api)| aws_api::iam::actions(s, api)),
    );
    actions
}

fn derived(block: &Block) -> Actions {
    let function = block.binary.as_str();
    if function == "find-faults" {
        return of_the_finder();
    }
    if function == "decide-approval" {
        return of_the_page();
    }
    if !block.is_durable() {
        // run-script calls nothing itself. What its scripts may do is the operator's to say, by a policy of their own.
        return Actions::new();
    }
    let folder = format!("functions/{function}");
    let typed = typed_service(&format!("{folder}/Cargo.toml"));
    let mut actions = of_guards();
    actions.extend(of_runbooks(running(function)));
    actions.extend(of_low_code(function));
    actions.extend(of_source(&format!("{folder}/src"), &[], typed.as_deref()));
    if uses(&folder, "shared::alarm") {
        actions.extend(of_source("shared/src/alarm", &[], None));
    }
    if function == "open-ticket" {
        actions.extend(of_source("shared/src/ticket", &[], typed_service("shared/Cargo.toml").as_deref()));
    }
    if !block.resource["Properties"]["Environment"]["Variables"]["KINTSUGI_APPROVAL_TOPIC"].is_null() {
        // It asks. Deciding, and telling the run that waits, is another's.
        actions.extend(of_source("shared/src/approval", &["store.rs"], None));
    }
    if !block.resource["Properties"]["Environment"]["Variables"]["KINTSUGI_SCRIPT_FUNCTION"].is_null() {
        // The durable service invokes it in the name of this function.
        actions.insert("lambda:InvokeFunction".to_owned());
    }
    actions.extend(ON_BEHALF.iter().filter(|(of, ..)| *of == function).map(|(_, action, _)| (*action).to_owned()));
    actions
}

#[test]
fn every_policy_grants_exactly_what_is_called() {
    let template = Template::read().unwrap();
    for block in template.blocks() {
        let (granted, needed) = (granted(&template, &block), derived(&block));
        let missing: Vec<_> = needed.difference(&granted).collect();
        let too_much: Vec<_> = granted.difference(&needed).collect();
        assert!(
            missing.is_empty() && too_much.is_empty(),
            "{}: missing {missing:?}, too much {too_much:?}",
            block.binary
        );
    }
}

/// Who brings runbooks of their own writes their policy with `kintsugi iam`: it says of ours what the template grants for them.
#[test]
fn kintsugi_iam_derives_for_the_runbooks_of_each_function_what_the_template_grants_for_them() {
    let Some((kintsugi, _)) = with_counterparts("kintsugi").unwrap() else { return };
    let template = Template::read().unwrap();
    for block in template.blocks() {
        let ours = || running(&block.binary).filter(|binding| name_in_ssm(&binding.runbook).is_none());
        let files: Vec<PathBuf> = ours().map(|binding| of_checkout(&binding)).collect();
        if files.is_empty() {
            continue;
        }
        let said = Command::new(&kintsugi).args(["iam", "--json"]).args(&files).current_dir(root()).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        let statements = said["policy"]["Statement"].as_array().cloned().unwrap();
        let derived: Actions = statements.iter().flat_map(|statement| list(&statement["Action"])).collect();
        let granted = granted(&template, &block);
        assert_eq!(derived.difference(&granted).collect::<Vec<_>>(), Vec::<&String>::new(), "{}", block.binary);
        assert_eq!(of_runbooks(ours()).difference(&derived).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}

fn of_checkout(binding: &Binding) -> PathBuf {
    root().join(format!("runbooks/{}.yaml", binding.runbook))
}

/// SSM Automation works as a role of the stack: it may do what is written down of the documents that bindings name.
#[test]
fn the_role_of_automation_may_do_what_the_documents_that_bindings_name_need_and_no_more() {
    let template = Template::read().unwrap();
    let documents = ssm_documents(None).unwrap();
    let bindings = bindings().unwrap();
    let named = bindings.iter().filter_map(|binding| name_in_ssm(&binding.runbook));
    let needed: Actions = named.flat_map(|name| documents[name].role.clone()).collect();
    let policy = &template.properties("AutomationRole")["Policies"][0]["PolicyDocument"];
    let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
    let granted: Actions = statements.iter().flat_map(|statement| list(&statement["Action"])).collect();
    assert_eq!(granted, needed);
    assert!(!needed.is_empty());
}

#[test]
fn no_action_is_a_wildcard() {
    let template = Template::read().unwrap();
    for block in template.blocks() {
        let wild: Vec<_> = granted(&template, &block).into_iter().filter(|action| action.contains('*')).collect();
        assert!(wild.is_empty(), "{}: {wild:?}", block.binary);
    }
}

/// IAM knows no resource for these; everything else names its resources.
#[test]
fn all_resources_are_named_only_where_iam_knows_no_other() {
    let template = Template::read().unwrap();
    for block in template.blocks() {
        let broad = template
            .statements(&block)
            .into_iter()
            .filter(|statement| list(&statement["Resource"]).contains(&"*".to_owned()));
        for action in broad.flat_map(|statement| list(&statement["Action"])) {
            let reads = ["Describe", "Get", "List", "BatchGet"];
            let read = action.split_once(':').is_some_and(|(_, name)| reads.iter().any(|read| name.starts_with(read)));
            let known = read || WITHOUT_RESOURCE.contains(&action.as_str());
            assert!(known, "{}: {action} on everything", block.binary);
        }
    }
}

/// The guards ask for the tags first; IAM would refuse all the same if they did not.
#[test]
fn ec2_resources_are_changed_only_with_the_tag_and_never_against_it() {
    let template = Template::read().unwrap();
    let mut seen = 0;
    for block in template.blocks() {
        let settings = &block.resource["Properties"]["Environment"]["Variables"];
        let tag = |name: &str| format!("aws:ResourceTag/{}", settings[name].as_str().unwrap_or_default());
        let statements = template.statements(&block);
        let tagged = |statement: &&Value| !WITHOUT_TAGS.iter().any(|sid| statement["Sid"] == *sid);
        for statement in statements.iter().filter(|statement| changes_ec2(statement)).filter(tagged) {
            let mut expected = json!({"StringEquals": {}, "Null": {}});
            expected["StringEquals"][tag("KINTSUGI_OPT_IN_TAG")] = json!("true");
            expected["Null"][tag("KINTSUGI_OPT_OUT_TAG")] = json!("true");
            assert_eq!(statement["Condition"], expected, "{}", statement["Sid"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 4, "resizing, mending, logging traffic, recovering and growing");
}

fn changes_ec2(statement: &Value) -> bool {
    list(&statement["Action"]).iter().any(|action| {
        action.starts_with("ec2:") && !["ec2:Describe", "ec2:Get"].iter().any(|read| action.starts_with(read))
    })
}
