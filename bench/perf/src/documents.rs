//! Runbooks as long as asked for.
//!
//! Comes in: a number of steps. Goes out: a document with calls that use each other's answers, and branches.
//! Never: a step that is not reached.

use std::fmt::Write as _;

/// Every so many calls, a branch.
const BRANCH: usize = 10;

/// A document of `steps` calls, with a branch after every ten.
#[must_use]
pub fn document(steps: usize) -> String {
    let mut yaml = String::from(
        "schemaVersion: \"0.3\"\ndescription: A measurement.\nparameters:\n  Name:\n    type: String\n    default: shop\nmainSteps:\n",
    );
    for number in 0..steps {
        call(&mut yaml, number);
        if number % BRANCH == BRANCH - 1 && number + 1 < steps {
            branch(&mut yaml, number);
        }
    }
    yaml
}

fn call(yaml: &mut String, number: usize) {
    let value = match number.checked_sub(1) {
        Some(before) => format!("{{{{ call{before}.Value }}}}"),
        None => "{{ Name }}".to_owned(),
    };
    // Writing to text cannot fail.
    let _ = write!(
        yaml,
        "  - name: call{number}\n    action: aws:executeAwsApi\n    inputs:\n      Service: ssm\n      Api: GetParameter\n      \
         Name: \"/{value}/{number}\"\n    outputs:\n      - {{Name: Value, Selector: $.Parameter.Value, Type: String}}\n"
    );
}

fn branch(yaml: &mut String, number: usize) {
    let next = number + 1;
    let _ = write!(
        yaml,
        "  - name: branch{number}\n    action: aws:branch\n    inputs:\n      Choices:\n        - NextStep: call{next}\n          \
         Variable: \"{{{{ call{number}.Value }}}}\"\n          StringEquals: shop\n      Default: call{next}\n"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_any_size_is_good_and_every_step_of_it_is_run() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (steps, branches) in [(1, 0), (10, 0), (11, 1), (1000, 99)] {
            let document = crate::pure::parse(&document(steps)).unwrap();
            // SSM would not take the longest; its size is all that may be found.
            assert!(engine::validate(&document).iter().all(|finding| finding.rule == "document-size"));
            assert_eq!(crate::pure::run(&runtime, &document).unwrap(), steps + branches);
        }
    }
}
