//! The local world for people: what they may choose, and what they are told.
//!
//! Comes in: command line arguments, a running stack. Goes out: a [`StackConfig`], a page of text.
//! Never: a process; [`crate::stack`] starts those.

use std::path::PathBuf;

use crate::gateway::{ACCOUNT, REGION};
use crate::stack::{Stack, StackConfig};

/// What `world --help` prints.
pub const USAGE: &str = "\
usage: world [--mode observe|enforce] [--scale SECONDS] [--parameter NAME=VALUE]... [--binaries FOLDER] [--template FILE]

The local world: moto as strict as AWS, Config rules, alarms, OpsItems and the event bus, and the functions of the
template on top. Runs until Ctrl-C.

  --mode MODE             the template's Mode: observe (default) plans only, enforce puts faults right
  --scale SECONDS         seconds here for one second of AWS, 0 to 1 (default 0.02)
  --parameter NAME=VALUE  any other parameter of the template
  --binaries FOLDER       the functions' binaries (default target/debug)
  --template FILE         the SAM template (default template.yaml)";

/// Obeys the arguments. `Ok(None)`: help was asked for.
///
/// # Errors
/// One sentence about the argument that cannot be obeyed.
pub fn configure(
    mut config: StackConfig,
    arguments: impl Iterator<Item = String>,
) -> Result<Option<StackConfig>, String> {
    let mut arguments = arguments;
    while let Some(option) = arguments.next() {
        if matches!(option.as_str(), "-h" | "--help") {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| format!("{option} needs a value, or is not known; see --help"))?;
        match option.as_str() {
            "--mode" => config = config.with_parameter("Mode", &mode(&value)?),
            "--scale" => {
                config.timings.scale = value.parse().map_err(|_| format!("--scale takes a number, not {value:?}"))?;
                config.timings.check()?;
            }
            "--parameter" => {
                let (name, value) =
                    value.split_once('=').ok_or_else(|| format!("--parameter takes NAME=VALUE, not {value:?}"))?;
                config = config.with_parameter(name, value);
            }
            "--binaries" => config.binaries = PathBuf::from(value),
            "--template" => config.template = PathBuf::from(value),
            _ => return Err(format!("{option} is not known; see --help")),
        }
    }
    Ok(Some(config))
}

fn mode(value: &str) -> Result<String, String> {
    match value {
        "observe" | "enforce" => Ok(value.to_owned()),
        _ => Err(format!("--mode is observe or enforce, not {value:?}")),
    }
}

/// How to use a stack that runs.
#[must_use]
pub fn welcome(stack: &Stack) -> String {
    let (gateway, runtime) = (stack.gateway_url(), stack.runtime_api_url());
    let cloud = stack.gateway().cloud();
    let routes = cloud.bus.routes();
    let faster = 1.0 / cloud.clock.timings().scale.max(f64::MIN_POSITIVE);
    let pace =
        if faster > 1e6 { "without any waiting".to_owned() } else { format!("{faster:.0} times as fast as AWS") };
    let functions: Vec<&str> = routes.functions.iter().map(|function| function.name.as_str()).collect();
    let topics: Vec<String> =
        routes.topics.iter().map(|topic| format!("arn:aws:sns:{REGION}:{ACCOUNT}:{topic}")).collect();
    format!(
        "\
The local world runs, {pace}: account {ACCOUNT}, Region {REGION}.

In another terminal, for boto3, the AWS command line or `kintsugi`:

  export AWS_ENDPOINT_URL={gateway} AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}
  export AWS_ACCESS_KEY_ID=me AWS_SECRET_ACCESS_KEY=local AWS_EC2_METADATA_DISABLED=true

  functions    {}
  topics       {}
  calls        curl '{gateway}/_world/journal?effect=write'
  events       curl {gateway}/_world/events    deliveries: {gateway}/_world/deliveries
  load         curl -X PUT {gateway}/_world/loads/INSTANCE-ID -H 'content-type: application/json' -d '{{\"vcpus\": 1.9}}'
  runtime API  {runtime}
  logs         {}

docs/local-world.md has the rest. Ctrl-C ends everything.",
        functions.join(", "),
        topics.join(", "),
        stack.folder().display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Tools;

    fn configured(arguments: &[&str]) -> Option<Result<Option<StackConfig>, String>> {
        let Ok(tools) = Tools::find() else {
            eprintln!("SKIPPED: the local world's tools are not installed; `make setup` does that");
            return None;
        };
        Some(configure(StackConfig::new(tools), arguments.iter().map(|argument| (*argument).to_owned())))
    }

    #[test]
    fn arguments_become_parameters_and_pace() {
        let Some(config) = configured(&["--mode", "enforce", "--scale", "0.5", "--parameter", "MaxPerHour=3"]) else {
            return;
        };
        let config = config.unwrap().unwrap();
        assert_eq!((config.parameters["Mode"].as_str(), config.parameters["MaxPerHour"].as_str()), ("enforce", "3"));
        assert_eq!(config.timings.scale, 0.5);
    }

    #[test]
    fn an_argument_that_cannot_be_obeyed_is_named() {
        let cases = [
            (&["--mode", "on"][..], "--mode is observe or enforce, not \"on\""),
            (&["--scale", "2"], "scale must lie between 0 and 1, not 2"),
            (&["--scale", "fast"], "--scale takes a number, not \"fast\""),
            (&["--parameter", "x"], "--parameter takes NAME=VALUE, not \"x\""),
            (&["--color", "red"], "--color is not known; see --help"),
            (&["--mode"], "--mode needs a value, or is not known; see --help"),
        ];
        for (arguments, message) in cases {
            let Some(configured) = configured(arguments) else { return };
            assert_eq!(configured.unwrap_err(), message);
        }
        assert!(configured(&["--help"]).is_none_or(|help| help.unwrap().is_none()));
    }
}
