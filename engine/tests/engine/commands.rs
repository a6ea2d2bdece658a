//! aws:runCommand.

use engine::{Cause, ExecutionStatus, FaultKind, StepStatus};
use serde_json::{Value, json};

use crate::host::{Answer, Scripted, fault, refused, run};
use crate::typed::{failure, outputs, step};

const ONE: &str = "{DocumentName: AWS-RunShellScript, InstanceIds: [i-1], TimeoutSeconds: '60', \
                   Parameters: {commands: [ls, pwd], workingDirectory: /tmp, count: 3}}";

fn sent() -> Scripted {
    Scripted::new().answers("SendCommand", [Ok(json!({"Command": {"CommandId": "c-1"}}))])
}

fn command(status: &str) -> Answer {
    Ok(json!({"Commands": [{"CommandId": "c-1", "Status": status}]}))
}

fn node(id: &str, status: &str, plugins: Value) -> Value {
    json!({"InstanceId": id, "Status": status, "StatusDetails": status, "CommandPlugins": plugins})
}

fn nodes(nodes: &[Value]) -> Answer {
    Ok(json!({ "CommandInvocations": nodes }))
}

#[tokio::test]
async fn a_command_is_sent_waited_for_and_gives_its_output() {
    let plugin = json!([{"Status": "Success", "ResponseCode": 0, "Output": "done\n"}]);
    let looks =
        [fault(FaultKind::Refused, "InvalidCommandId"), command("Pending"), command("InProgress"), command("Success")];
    let host = sent()
        .answers("ListCommands", looks)
        .answers("ListCommandInvocations", [nodes(&[node("i-1", "Success", plugin)])]);
    let execution = run(&step("aws:runCommand", "", ONE), &host).await;
    let expected = json!({"CommandId": "c-1", "Status": "Success", "ResponseCode": 0, "Output": "done\n"});
    assert_eq!(outputs(&execution), expected);
    let expected = json!({
        "DocumentName": "AWS-RunShellScript", "InstanceIds": ["i-1"], "TimeoutSeconds": 60,
        "Parameters": {"commands": ["ls", "pwd"], "workingDirectory": ["/tmp"], "count": ["3"]}
    });
    assert_eq!(host.calls()[0].input, expected);
}

#[tokio::test]
async fn what_a_command_did_is_asked_until_it_is_answered_and_the_command_is_not_sent_again_for_that() {
    let plugin = json!([{"Status": "Success", "ResponseCode": 0, "Output": "done"}]);
    let outage =
        [FaultKind::NoAnswer, FaultKind::Throttled, FaultKind::ServiceFault].map(|kind| fault(kind, "Trouble"));
    let answers = outage.into_iter().chain([nodes(&[node("i-1", "Success", plugin)])]);
    let host = sent().answers("ListCommands", [command("Success")]).answers("ListCommandInvocations", answers);
    let execution = run(&step("aws:runCommand", "    maxAttempts: 2\n", ONE), &host).await;
    assert_eq!(outputs(&execution)["Output"], "done");
    let sent = host.calls().into_iter().filter(|call| call.api == "SendCommand").count();
    assert_eq!((sent, execution.step("only").unwrap().attempts), (1, 1));
}

#[tokio::test]
async fn a_command_of_which_nobody_can_tell_what_it_did_is_not_sent_again() {
    let denied = || vec![fault(FaultKind::Denied, "AccessDenied")];
    let lost = vec![fault(FaultKind::NoAnswer, "Trouble"); 6];
    let ended = || vec![command("Success")];
    for (looks, told) in [(denied(), vec![]), (ended(), denied()), (ended(), lost)] {
        let host = sent().answers("ListCommands", looks).answers("ListCommandInvocations", told);
        let execution = run(&step("aws:runCommand", "    maxAttempts: 2\n", ONE), &host).await;
        let sent = host.calls().into_iter().filter(|call| call.api == "SendCommand").count();
        assert!(failure(&execution).1.contains("the command c-1 was sent, and what it did is not known"));
        assert!(sent == 1 && execution.is_cut_off(), "{execution:?}");
    }
}

#[tokio::test]
async fn several_nodes_have_no_output_and_several_steps_no_response_code() {
    let one = json!([{"Status": "Success", "ResponseCode": 0, "Output": "a"}]);
    let two = json!([{"Status": "Success", "ResponseCode": 0}, {"Status": "Success", "ResponseCode": 0}]);
    let several = ONE.replace("[i-1]", "[i-1, i-2]");
    let tagged = ONE.replace("InstanceIds: [i-1]", "Targets: [{Key: 'tag:Env', Values: [prod]}]");
    for (inputs, plugins, expected) in [
        (several.as_str(), &one, json!({"CommandId": "c-1", "Status": "Success", "ResponseCode": 0})),
        (&tagged, &one, json!({"CommandId": "c-1", "Status": "Success", "ResponseCode": 0})),
        (ONE, &two, json!({"CommandId": "c-1", "Status": "Success", "Output": ""})),
    ] {
        let host = sent()
            .answers("ListCommands", [command("Success")])
            .answers("ListCommandInvocations", [nodes(&[node("i-1", "Success", plugins.clone())])]);
        assert_eq!(outputs(&run(&step("aws:runCommand", "", inputs), &host).await), expected);
    }
}

#[tokio::test]
async fn anything_but_success_fails_the_step_and_names_node_code_and_last_words() {
    let plugin = json!([{"Status": "Failed", "ResponseCode": 2, "Output": "no such file"}]);
    for status in ["Failed", "TimedOut", "Cancelled"] {
        let host = sent().answers("ListCommands", [command(status)]).answers(
            "ListCommandInvocations",
            [
                Ok(json!({"CommandInvocations": [node("i-0", "Success", json!([]))], "NextToken": "t"})),
                nodes(&[node("i-1", "Failed", plugin.clone())]),
            ],
        );
        let execution = run(&step("aws:runCommand", "", ONE), &host).await;
        let expected = format!("the command c-1 is {status}; i-1: Failed, code 2: no such file");
        assert_eq!(failure(&execution).1, expected);
        let given = &execution.step("only").unwrap().outputs;
        assert_eq!((&given["CommandId"], &given["Status"]), (&json!("c-1"), &json!(status)));
        assert_eq!(host.calls()[3].input["NextToken"], "t");
    }
}

#[tokio::test]
async fn a_command_that_ssm_refuses_says_what_ssm_said() {
    let host = Scripted::new().answers("SendCommand", [refused("InvalidInstanceId", "i-1 is not managed")]);
    let execution = run(&step("aws:runCommand", "", ONE), &host).await;
    assert!(failure(&execution).1.contains("i-1 is not managed"));
}

#[tokio::test]
async fn a_run_that_is_cancelled_and_a_step_whose_time_runs_out_cancel_the_command() {
    let host = || sent().always("ListCommands", command("InProgress")).answers("CancelCommand", [Ok(Value::Null)]);
    let cancelled = host().cancel_at("only#1/1/2/cancelled");
    let execution = run(&step("aws:runCommand", "", ONE), &cancelled).await;
    assert_eq!(execution.step("only").unwrap().status, StepStatus::Cancelled);
    let slow = host();
    let execution = run(&step("aws:runCommand", "    timeoutSeconds: 60\n", ONE), &slow).await;
    assert_eq!(execution.status, ExecutionStatus::TimedOut);
    for host in [cancelled, slow] {
        let last = host.calls().pop().unwrap();
        assert_eq!((last.api.as_str(), last.input), ("CancelCommand", json!({"CommandId": "c-1"})));
    }
}

#[tokio::test]
async fn nodes_that_are_not_known_are_never_sent_to() {
    let text = "mainSteps:
  - {name: look, action: 'aws:executeAwsApi', inputs: {Service: ec2, Api: DescribeX}, outputs: [{Name: Ids, Selector: $.Ids, Type: StringList}]}
  - {name: only, action: 'aws:runCommand', inputs: {DocumentName: d, InstanceIds: '{{ look.Ids }}'}}
";
    for (answer, message) in [
        (json!({}), "InstanceIds must be a list of at most 50 texts without a reference left in them"),
        (json!({"Ids": []}), "InstanceIds or Targets is needed"),
        (
            json!({"Ids": vec!["i"; 51]}),
            "InstanceIds must be a list of at most 50 texts without a reference left in them",
        ),
    ] {
        let host = Scripted::new().answers("DescribeX", [Ok(answer)]);
        let execution = run(text, &host).await;
        assert_eq!(failure(&execution), (&Cause::Inputs, message));
        assert_eq!(host.apis(), ["DescribeX"]);
    }
}
