//! Parameters from the command line.
//!
//! Comes in: `--param Name=value`, a JSON file. Goes out: what the engine takes, which checks and types it.
//! Never: a type guessed from a value: texts go in StartAutomationExecution's own form, a list of texts each.

use std::path::PathBuf;

use serde_json::{Map, Value};

use crate::error::CliError;
use crate::runbook;

/// Parameters of the runbook.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Parameters {
    /// A parameter of the runbook; repeat it for each item of a list
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    param: Vec<(String, String)>,
    /// A JSON object of parameters; those of --param win
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
}

impl Parameters {
    /// All parameters.
    pub(crate) fn collect(&self) -> Result<Map<String, Value>, CliError> {
        let mut all = self.of_file()?;
        for (name, _) in &self.param {
            all.insert(name.clone(), Value::Array(Vec::new()));
        }
        for (name, value) in &self.param {
            if let Some(Value::Array(texts)) = all.get_mut(name) {
                texts.push(Value::String(value.clone()));
            }
        }
        Ok(all)
    }

    fn of_file(&self) -> Result<Map<String, Value>, CliError> {
        let Some(path) = &self.params else { return Ok(Map::new()) };
        let text = runbook::read(path)?;
        serde_json::from_str(&text).map_err(|source| CliError::ParameterFile { path: path.clone(), source })
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn given(pairs: &[&str], params: Option<PathBuf>) -> Parameters {
        Parameters { param: pairs.iter().map(|text| pair(text).unwrap()).collect(), params }
    }

    #[test]
    fn a_parameter_given_twice_is_a_list() {
        let all = given(&["Ids=a", "Name=x=y", "Ids=b"], None).collect().unwrap();
        assert_eq!(Value::Object(all), json!({"Ids": ["a", "b"], "Name": ["x=y"]}));
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        std::fs::write(&path, r#"{"Count": 3, "Ids": ["z"]}"#).unwrap();
        let all = given(&["Ids=a"], Some(path)).collect().unwrap();
        assert_eq!(Value::Object(all), json!({"Count": 3, "Ids": ["a"]}));
    }

    #[test]
    fn a_file_that_is_no_object_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        std::fs::write(&path, "[1]").unwrap();
        let error = given(&[], Some(path)).collect().unwrap_err();
        assert!(error.to_string().ends_with("p.json is not a JSON object of parameters"), "{error}");
    }

    #[test]
    fn a_word_without_a_name_is_refused() {
        assert!(pair("x").is_err());
        assert!(pair("=x").is_err());
    }
}
