//! Drawings of every kind of document: nothing overlaps, nothing is lost, everything is well-formed.

mod sound;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{EdgeKind, Flow, NodeKind, flow, layout, mermaid, svg};
use crate::document::Document;
use sound::{boxes_are_apart, sound, well_formed};

fn is_read(_: &str, api: &str) -> bool {
    ["Describe", "Get", "List", "Head"].iter().any(|verb| api.starts_with(verb))
}

fn drawn(text: &str) -> Flow {
    let document = crate::parse(text, "drawn.yaml").unwrap_or_else(|findings| panic!("{findings}"));
    flow(&document, &is_read)
}

fn steps(steps: &str) -> Flow {
    drawn(&format!("schemaVersion: '0.3'\nmainSteps:\n{steps}"))
}

fn lenient(text: &str, name: &str) -> Option<Document> {
    crate::sketch(text, name)
}

fn public() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        eprintln!("SKIPPED: the public runbooks are not at {}", folder.display());
        return None;
    };
    Some(index.lines().skip(1).filter_map(|line| Some(folder.join(line.split('\t').next()?))).collect())
}

#[test]
fn every_public_runbook_is_drawn() {
    let Some(files) = public() else { return };
    let (mut nodes, mut edges, mut largest, mut refused) = (0, 0, 0, Vec::new());
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(file).unwrap();
        let Some(document) = lenient(&text, &name) else {
            refused.push(name);
            continue;
        };
        let flow = flow(&document, &is_read);
        sound(&flow);
        let drawn: BTreeSet<&str> = flow.nodes.iter().map(|node| node.name.as_str()).collect();
        assert!(document.all_steps().iter().all(|step| drawn.contains(step.name.as_str())), "{name}");
        (nodes, edges, largest) = (nodes + flow.nodes.len(), edges + flow.edges.len(), largest.max(flow.nodes.len()));
    }
    let drawn = files.len() - refused.len();
    eprintln!(
        "{drawn} of {} documents drawn: {nodes} nodes, {edges} edges, {largest} at most; no step in {refused:?}",
        files.len()
    );
    assert!(refused.is_empty(), "{refused:?}");
}

fn shipped(name: &str) -> Flow {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks").join(name);
    let document = crate::parse(&std::fs::read_to_string(file).unwrap(), name).unwrap();
    flow(&document, &is_read)
}

#[test]
fn the_projects_runbooks_look_as_they_did() {
    for name in ["resize-instance", "block-public-access-on-bucket", "revoke-open-ssh"] {
        let flow = shipped(&format!("{name}.yaml"));
        sound(&flow);
        insta::assert_snapshot!(format!("{name}.svg"), svg(&flow));
        insta::assert_snapshot!(format!("{name}.mermaid"), mermaid(&flow));
    }
}

/// A loop that is left early, an approval, a pause, a script, a child, a way back, what nobody reaches.
const SHAPES: &str = "
- {name: ask, action: 'aws:approve', onFailure: 'step:tell', inputs: {Approvers: ['arn:aws:iam::123456789012:role/Lead']}}
- name: each
  action: aws:loop
  inputs:
    Iterators: '{{ ids }}'
    Steps:
    - name: look
      action: aws:executeAwsApi
      onFailure: Continue
      inputs: {Service: ec2, Api: DescribeInstances}
    - name: choose
      action: aws:branch
      inputs:
        Choices:
        - {NextStep: tell, Variable: '{{ look.State }}', StringEquals: 'stopped & <done>'}
        - {NextStep: stop, Not: {Variable: '{{ look.Count }}', NumericGreater: 3}}
        Default: rest
    - {name: stop, action: 'aws:changeInstanceState', onCancel: 'step:undo', inputs: {InstanceIds: ['{{ id }}'], DesiredState: stopped}}
    - {name: rest, action: 'aws:sleep', isEnd: true, inputs: {Duration: PT5M}}
- {name: script, action: 'aws:executeScript', onCancel: 'step:each', inputs: {Runtime: python3.11, Handler: main, Script: x}}
- {name: child, action: 'aws:executeAutomation', isEnd: true, onFailure: 'step:nowhere', inputs: {DocumentName: AWS-StopEC2Instance}}
- {name: tell, action: 'aws:invokeLambdaFunction', isEnd: true, inputs: {FunctionName: tell}}
- {name: undo, action: 'aws:pause', isEnd: true, inputs: {}}
- {name: lost, action: 'aws:updateVariable', inputs: {Name: 'variable:x', Value: 1}}
- {name: odd, action: 'aws:doMagic', inputs: {}}
";

#[test]
fn each_kind_of_step_and_way_has_its_own_look() {
    let flow = steps(SHAPES);
    sound(&flow);
    insta::assert_snapshot!("shapes.svg", svg(&flow));
    insta::assert_snapshot!("shapes.mermaid", mermaid(&flow));
    insta::assert_json_snapshot!("shapes.json", flow);
}

#[test]
fn what_a_step_leads_to_is_what_the_interpreter_does() {
    let flow = steps(SHAPES);
    let ways = |name: &str| -> Vec<(EdgeKind, String, bool)> {
        let id = flow.nodes.iter().find(|node| node.name == name).unwrap().id;
        let edges = flow.edges.iter().filter(|edge| edge.from == id);
        edges.map(|edge| (edge.kind, flow.nodes[edge.to].name.clone(), edge.leaves_loop)).collect()
    };
    assert_eq!(ways("ask"), [(EdgeKind::Next, "each".into(), false), (EdgeKind::Failure, "tell".into(), false)]);
    assert_eq!(
        ways("choose"),
        [
            (EdgeKind::Choice, "tell".into(), true),
            (EdgeKind::Choice, "stop".into(), false),
            (EdgeKind::Default, "rest".into(), false)
        ]
    );
    assert_eq!(ways("rest"), [(EdgeKind::Next, "end of round".into(), false)]);
    assert_eq!(ways("stop"), [(EdgeKind::Next, "rest".into(), false), (EdgeKind::Cancel, "undo".into(), true)]);
    let kind = |name: &str| flow.nodes.iter().find(|node| node.name == name).unwrap().kind;
    assert_eq!((kind("nowhere"), kind("odd"), kind("look")), (NodeKind::Missing, NodeKind::Unknown, NodeKind::Read));
    assert!(!flow.nodes.iter().find(|node| node.name == "lost").unwrap().reachable);
}

#[test]
fn markup_in_a_document_is_only_text() {
    let text = "- {name: '<script>alert(1)</script>', action: 'aws:sleep', description: \"]]> &amp; \\u0001 \\\" `x` #\", inputs: {Duration: '\"end\"'}}\n";
    let flow = drawn_as_far(&format!("schemaVersion: '0.3'\nmainSteps:\n{text}"));
    let xml = svg(&flow);
    well_formed(&xml);
    assert!(!xml.contains("<script>"));
    assert!(!mermaid(&flow).contains("<script>"));
}

fn drawn_as_far(text: &str) -> Flow {
    flow(&lenient(text, "drawn.yaml").unwrap(), &is_read)
}

#[test]
fn a_document_with_findings_is_drawn_as_far_as_it_can_be_read() {
    let flow = drawn_as_far(
        "schemaVersion: '0.2'\nmainSteps:\n- {name: a, action: aws:sleep, onFailure: what}\n- 7\n- {action: x}\n",
    );
    sound(&flow);
    assert_eq!(flow.nodes.iter().filter(|node| node.action.is_some()).count(), 2);
}

fn many(count: usize, jump: impl Fn(usize) -> usize) -> Flow {
    let mut text = String::new();
    for index in 0..count {
        let to = jump(index);
        text.push_str(&format!(
            "- {{name: s{index}, action: 'aws:executeAwsApi', onFailure: 'step:s{to}', inputs: {{Service: ec2, Api: StopInstances}}}}\n"
        ));
    }
    steps(&text)
}

#[test]
fn seventy_eight_steps_with_one_way_back_are_not_wider_than_a_screen() {
    let flow = many(78, |_| 77);
    sound(&flow);
    let picture = layout::picture(&flow);
    assert!(picture.width < 500, "{}", picture.width);
    let straight: BTreeSet<i64> =
        picture.frames.iter().filter(|f| flow.nodes[f.node].kind == NodeKind::Write).map(|f| f.x).collect();
    assert_eq!(straight.len(), 1, "one column");
}

#[test]
fn where_lines_would_hide_the_steps_they_say_where_they_go() {
    let flow = many(400, |index| (index + 200) % 400);
    let picture = layout::picture(&flow);
    boxes_are_apart(&flow, &picture);
    assert!(picture.labels.iter().any(|label| label.reference));
    assert!(picture.lines.iter().map(|line| line.points.len()).sum::<usize>() < 20_000);
}

/// Steps that jump anywhere, also where the validator would not let them.
fn generated() -> impl Strategy<Value = String> {
    let step = (0_usize..8, 0_usize..14, 0_usize..14, 0_usize..14, any::<bool>(), 0_usize..3);
    proptest::collection::vec(step, 1..12).prop_map(|list| {
        let mut text = String::new();
        for (index, (kind, next, failure, cancel, end, depth)) in list.iter().enumerate() {
            text.push_str(&one(index, *kind, [*next, *failure, *cancel], *end, *depth));
        }
        text
    })
}

fn one(index: usize, kind: usize, [next, failure, cancel]: [usize; 3], end: bool, depth: usize) -> String {
    let head = format!("- name: s{index}\n  isEnd: {end}\n  onFailure: step:s{failure}\n  onCancel: step:s{cancel}\n");
    let choices = format!(
        "[{{NextStep: s{next}, Variable: a, StringEquals: b}}, {{NextStep: s{cancel}, Variable: '{}', StringEquals: b}}]",
        "long ".repeat(depth * 20)
    );
    match kind {
        0 | 1 => format!("{head}  action: aws:branch\n  inputs: {{Choices: {choices}, Default: s{failure}}}\n"),
        2 => {
            let inner = format!(
                "{{name: b{index}, action: aws:sleep, nextStep: s{next}, onCancel: step:c{index}, inputs: {{Duration: PT1S}}}}"
            );
            let other = format!("{{name: c{index}, action: aws:branch, inputs: {{Choices: {choices}}}}}");
            format!("{head}  action: aws:loop\n  inputs: {{Iterators: [a], Steps: [{inner}, {other}]}}\n")
        }
        3 => format!("{head}  nextStep: s{next}\n  action: aws:approve\n  inputs: {{Approvers: [a]}}\n"),
        _ => format!("- {{name: s{index}, action: aws:sleep, nextStep: s{next}, inputs: {{Duration: PT1S}}}}\n"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_jumps_wherever_is_drawn_soundly(text in generated()) {
        sound(&drawn_as_far(&format!("schemaVersion: '0.3'\nmainSteps:\n{text}")));
    }
}
