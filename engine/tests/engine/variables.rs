//! aws:updateVariable: typed values that steps change and later steps read.

use engine::{Cause, ExecutionStatus};
use serde_json::{Value, json};

use crate::host::{Scripted, run};

#[tokio::test]
async fn a_variable_has_its_new_value_from_the_next_step_on_in_inputs_and_conditions() {
    let text = "variables:
  State: {type: String, default: old}
  Count: {type: Integer, default: 0}
mainSteps:
  - {name: set, action: 'aws:updateVariable', inputs: {Name: 'variable:State', Value: 'new-{{ variable:State }}'}}
  - {name: braces, action: 'aws:updateVariable', inputs: {Name: '{{ variable:Count }}', Value: 3}}
  - name: choose
    action: aws:branch
    inputs: {Choices: [{NextStep: use, Variable: '{{ variable:Count }}', NumericEquals: 3}]}
    isEnd: true
  - name: use
    action: aws:executeAwsApi
    inputs: {Service: s3, Api: PutThing, State: '{{ variable:State }}', Count: '{{ variable:Count }}'}
";
    let host = Scripted::new().always("PutThing", Ok(json!({})));
    let execution = run(text, &host).await;
    assert_eq!(execution.status, ExecutionStatus::Success);
    assert_eq!(host.calls()[0].input, json!({"State": "new-old", "Count": 3}));
}

#[tokio::test]
async fn a_value_of_another_type_fails_the_step_and_the_variable_keeps_its_own() {
    let text = "parameters:
  Two: {type: String, default: '2'}
variables:
  Count: {type: Integer, default: 1}
mainSteps:
  - {name: set, action: 'aws:updateVariable', onFailure: Continue, inputs: {Name: 'variable:Count', Value: '{{ Two }}'}}
  - {name: use, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: PutThing, Count: '{{ variable:Count }}'}}
";
    let host = Scripted::new().always("PutThing", Ok(json!({})));
    let execution = run(text, &host).await;
    let failures: Vec<(&str, &Cause)> = execution.failures().map(|f| (f.message.as_str(), &f.cause)).collect();
    let expected = "the variable Count is of type Integer, and so must be its value";
    assert_eq!(failures, [(expected, &Cause::Inputs)]);
    assert_eq!(host.calls()[0].input, json!({"Count": 1}));
}

#[tokio::test]
async fn a_variable_carries_values_out_of_a_loop() {
    let text = "variables:
  Last: {type: String, default: none}
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: [a, b, c]
      Steps:
        - name: keep
          action: aws:updateVariable
          inputs: {Name: 'variable:Last', Value: '{{ variable:Last }}-{{ each.CurrentIteratorValue }}'}
  - {name: use, action: 'aws:executeAwsApi', inputs: {Service: s3, Api: PutThing, Last: '{{ variable:Last }}'}}
";
    let host = Scripted::new().always("PutThing", Ok(json!({})));
    run(text, &host).await;
    let lasts: Vec<Value> = host.calls().iter().map(|call| call.input["Last"].clone()).collect();
    assert_eq!(lasts, [json!("none-a-b-c")]);
}
