//! Explanations: of the project's runbooks as golden files, of every public runbook without a gap.

use std::path::Path;

use engine::{Document, ExplainedStep, Explanation, Support};

fn explain(document: &Document) -> Explanation {
    engine::explain(document, &|_, _| None)
}

fn shipped(name: &str) -> Document {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runbooks").join(name);
    engine::parse(&std::fs::read_to_string(file).unwrap(), name).unwrap()
}

#[test]
fn the_projects_runbooks_are_explained() {
    for name in ["resize-instance", "block-public-access-on-bucket", "revoke-open-ssh"] {
        let page = explain(&shipped(&format!("{name}.yaml"))).to_markdown();
        insta::assert_snapshot!(format!("explain_{name}"), page);
    }
}

#[test]
fn every_action_has_a_sentence() {
    let text = include_str!("every_action.yaml");
    let document = engine::parse(text, "every-action.yaml").unwrap_or_else(|found| panic!("{found}"));
    let explanation = explain(&document);
    let mut actions: Vec<&str> = all(&explanation.steps).iter().map(|step| step.action.as_str()).collect();
    actions.sort_unstable();
    actions.dedup();
    assert_eq!(actions.len(), 23, "{actions:?}");
    insta::assert_snapshot!("explain_every_action", explanation.to_markdown());
}

/// Steps with those inside loops.
fn all(steps: &[ExplainedStep]) -> Vec<&ExplainedStep> {
    steps.iter().flat_map(|step| std::iter::once(step).chain(all(&step.steps))).collect()
}

#[test]
fn every_public_runbook_is_explained_step_by_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        eprintln!("SKIPPED: the public runbooks are not at {}", folder.display());
        return;
    };
    let (mut documents, mut steps, mut faults) = (0, 0, Vec::new());
    for name in index.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let Ok(document) = engine::parse(&text, name) else { continue };
        let explanation = explain(&document);
        let page = explanation.to_markdown();
        documents += 1;
        let explained = all(&explanation.steps);
        steps += explained.len();
        if explained.len() != document.all_steps().len() {
            faults.push(format!("{}: {} of {} steps", name, explained.len(), document.all_steps().len()));
        }
        for step in explained {
            let sentence = &step.sentence;
            let whole = sentence.starts_with(char::is_uppercase) && sentence.ends_with('.') && !sentence.contains("  ");
            let known = matches!(engine::support(&step.action), Support::Here | Support::OnSsm);
            if !whole || known && sentence.starts_with("Performs") || !page.contains(sentence.as_str()) {
                faults.push(format!("{}: {}: {sentence}", name, step.name));
            }
        }
    }
    eprintln!("explained: {documents} documents with {steps} steps");
    assert!(documents * 10 > index.lines().count() * 9, "only {documents} documents");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
