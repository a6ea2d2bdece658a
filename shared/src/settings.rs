//! The only reader of the environment.
//!
//! Comes in: variables named `KINTSUGI_*`, and for scripts on a laptop `PATH` and `HOME`. Goes out: one typed [`Settings`], read once at start.
//! Never: a secret. Credentials are named here and fetched where they are used.

mod approvals;
mod doors;
mod limits;
mod tickets;
pub use limits::ACCOUNT_WIDE;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::guard::Limits;

pub use approvals::ApprovalSettings;
pub use doors::Doors;
pub use tickets::{
    GitHubSettings, HookSettings, JiraSettings, PagerDutySettings, ServiceNowSettings, TicketProvider, TicketSettings,
};

/// What a function may do.
/// The order is that of caution: of two modes the lesser one holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Plans, records and tickets; changes nothing. The default.
    Observe,
    /// Puts faults right after a person has approved the exact plan.
    Approve,
    /// Puts faults right.
    Enforce,
}

impl Mode {
    const EXPECTED: &str = "observe, approve or enforce";

    fn read(text: &str) -> Option<Self> {
        [Self::Observe, Self::Approve, Self::Enforce].into_iter().find(|mode| mode.to_string() == text)
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Observe => "observe",
            Self::Approve => "approve",
            Self::Enforce => "enforce",
        })
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialsRef {
    /// AWS Secrets Manager, by name or ARN.
    SecretsManager(String),
    /// An SSM SecureString parameter.
    SecureString(String),
}

/// Everything a function is told by its deployment.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Observe, approve or enforce. A binding may be more careful, never less.
    pub mode: Mode,
    /// The most that single bindings may do, where that is less.
    pub binding_modes: BTreeMap<String, Mode>,
    /// What bounds a binding that says nothing itself.
    pub limits: Limits,
    /// What the names of this stack's own roles and resources begin with.
    pub own_prefix: Option<String>,
    /// DynamoDB table of the guards.
    pub guard_table: String,
    /// EventBridge bus for outcomes.
    pub event_bus: String,
    /// SQS queue for what cannot be understood. Absent only outside Lambda.
    pub dead_letter_queue_url: Option<String>,
    /// The packed service models of `aws-api`.
    pub models: PathBuf,
    /// A resource with this tag set to `true` may be changed.
    pub opt_in_tag: String,
    /// A resource with this tag, whatever its value, is never changed.
    pub opt_out_tag: String,
    /// SSM parameter whose value `stop` stops everything.
    pub stop_parameter: Option<String>,
    /// After an end, the same fault is not acted on again for this long.
    pub cooldown: Duration,
    /// A lock older than this belongs to nobody. Longer than any run may take.
    pub lock_lease: Duration,
    /// Changes per function and hour.
    pub max_per_hour: u32,
    /// How long healing may take until it counts as failed.
    pub verify_timeout: Duration,
    /// First pause between two looks; pauses grow from there.
    pub poll: Duration,
    /// Largest size an instance may be given, without family: `4xlarge`.
    pub resize_max_size: String,
    /// Most US dollars a month that a larger type may cost more, by list price. Absent: no limit.
    pub resize_max_cost: Option<u32>,
    /// Where tickets go.
    pub tickets: TicketSettings,
    /// How people are asked.
    pub approvals: ApprovalSettings,
    /// Whether webhooks may be at this machine, and without TLS: for tests only.
    pub webhooks_to_loopback: bool,
    /// Where scripts run.
    pub scripts: ScriptSettings,
    /// The role that SSM Automation assumes for AWS's documents. A reference.
    pub automation_role: Option<String>,
    /// How the other functions are reached, where that is this one's task.
    pub doors: Doors,
}

/// Where the scripts of runbooks run: in the function run-script, or on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptSettings {
    /// Alias of the function run-script. Only in Lambda.
    pub function: Option<String>,
    /// The Python for scripts, instead of the first `python3` on the path.
    pub python: Option<PathBuf>,
    /// Where programs are looked for.
    pub path: String,
    /// Home of the user, which a launcher of several Pythons needs.
    pub home: String,
}

/// A variable that cannot be used. The function does not start.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Needed and not there.
    #[error("{name} is not set; expected {expected}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
    /// There, but not usable.
    #[error("{name} is {value:?}; expected {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// There, and something in it is not as it should be.
    #[error("{name} is {value:?}: {problem}")]
    Guards {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
}

impl Settings {
    /// Reads the process environment.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads variables from `lookup`, so that tests need no process environment. An empty value counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let vars = Variables(&lookup);
        let guard_table = vars.required("KINTSUGI_GUARD_TABLE", "the name of the guard table")?;
        vars.settings(guard_table)
    }

    /// What the operator's command needs of the environment: where the models are (`models`, where it does not say)
    /// and which parameter stops everything. There a person decides instead of the guards: a guard asked with these
    /// settings has no table and refuses.
    ///
    /// # Errors
    /// A variable that cannot be used.
    pub fn of_operator(models: &Path) -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
        Self::read_operator(|name| std::env::var(name).ok(), models)
    }

    /// The same, with what open-ticket is told about tickets: by the environment, or by the variables of a deployed function.
    ///
    /// # Errors
    /// A variable that is missing or cannot be used.
    pub fn of_ticket_operator(models: &Path, told: Option<&BTreeMap<String, String>>) -> Result<Self, SettingsError> {
        #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
        let lookup = |name: &str| match told {
            Some(told) => told.get(name).cloned(),
            None => std::env::var(name).ok(),
        };
        let tickets = Variables(&lookup).tickets()?;
        Ok(Self { tickets, ..Self::of_operator(models)? })
    }

    fn read_operator(lookup: impl Fn(&str) -> Option<String>, models: &Path) -> Result<Self, SettingsError> {
        // Only these: what a function would be told about tickets must not keep a person from working.
        const KNOWN: [&str; 6] =
            ["KINTSUGI_MODELS", "KINTSUGI_STOP_PARAMETER", "KINTSUGI_PYTHON", LOOPBACK_WEBHOOKS, "PATH", "HOME"];
        let known = |name: &str| KNOWN.contains(&name);
        let lookup = |name: &str| if known(name) { lookup(name) } else { None };
        let vars = Variables(&lookup);
        let models = vars.get("KINTSUGI_MODELS").map_or_else(|| models.to_owned(), PathBuf::from);
        Ok(Self { models, ..vars.settings(String::new())? })
    }
}

/// For tests only: a webhook of this machine, without TLS.
const LOOPBACK_WEBHOOKS: &str = "KINTSUGI_TEST_WEBHOOKS_TO_LOOPBACK";

struct Variables<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Variables<'_> {
    fn settings(&self, guard_table: String) -> Result<Settings, SettingsError> {
        let vars = self;
        Ok(Settings {
            mode: vars.mode()?,
            binding_modes: vars.binding_modes()?,
            limits: vars.limits()?,
            own_prefix: vars.get("KINTSUGI_OWN_PREFIX"),
            guard_table,
            event_bus: vars.text("KINTSUGI_EVENT_BUS", "default"),
            dead_letter_queue_url: vars.get("KINTSUGI_DEAD_LETTER_QUEUE_URL"),
            models: vars.text("KINTSUGI_MODELS", "/opt/kintsugi/models.pack").into(),
            opt_in_tag: vars.text("KINTSUGI_OPT_IN_TAG", "kintsugi:remediate"),
            opt_out_tag: vars.text("KINTSUGI_OPT_OUT_TAG", "kintsugi:ignore"),
            stop_parameter: vars.get("KINTSUGI_STOP_PARAMETER"),
            cooldown: vars.seconds("KINTSUGI_COOLDOWN_SECONDS", 900)?,
            lock_lease: vars.seconds("KINTSUGI_LOCK_LEASE_SECONDS", 7200)?,
            max_per_hour: vars.number("KINTSUGI_MAX_PER_HOUR", 10)?,
            verify_timeout: vars.seconds("KINTSUGI_VERIFY_TIMEOUT_SECONDS", 900)?,
            poll: vars.seconds("KINTSUGI_POLL_SECONDS", 10)?,
            resize_max_size: vars.text("KINTSUGI_RESIZE_MAX_SIZE", "4xlarge"),
            resize_max_cost: vars.dollars("KINTSUGI_RESIZE_MAX_COST")?,
            tickets: vars.tickets()?,
            approvals: vars.approvals()?,
            webhooks_to_loopback: vars.get(LOOPBACK_WEBHOOKS).as_deref() == Some("true"),
            scripts: ScriptSettings {
                function: vars.get("KINTSUGI_SCRIPT_FUNCTION"),
                python: vars.get("KINTSUGI_PYTHON").map(PathBuf::from),
                path: vars.text("PATH", ""),
                home: vars.text("HOME", ""),
            },
            automation_role: vars.get("KINTSUGI_AUTOMATION_ROLE"),
            doors: vars.doors()?,
        })
    }

    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or_else(|| default.to_owned())
    }

    fn required(&self, name: &'static str, expected: &'static str) -> Result<String, SettingsError> {
        self.get(name).ok_or(SettingsError::Missing { name, expected })
    }

    fn number(&self, name: &'static str, default: u32) -> Result<u32, SettingsError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        value.parse().map_err(|_| SettingsError::Invalid { name, value, expected: "a whole number" })
    }

    /// Whole US dollars; none where nothing is said.
    fn dollars(&self, name: &'static str) -> Result<Option<u32>, SettingsError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let read = value.parse().map(Some);
        read.map_err(|_| SettingsError::Invalid { name, value, expected: "whole US dollars" })
    }

    fn seconds(&self, name: &'static str, default: u32) -> Result<Duration, SettingsError> {
        Ok(Duration::from_secs(self.number(name, default)?.into()))
    }

    fn mode(&self) -> Result<Mode, SettingsError> {
        let Some(value) = self.get("KINTSUGI_MODE") else { return Ok(Mode::Observe) };
        let invalid =
            || SettingsError::Invalid { name: "KINTSUGI_MODE", value: value.clone(), expected: Mode::EXPECTED };
        Mode::read(&value).ok_or_else(invalid)
    }

    fn optional_credentials(&self, name: &'static str) -> Result<Option<CredentialsRef>, SettingsError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.split_once(':') {
            Some(("secretsmanager", name)) => Ok(Some(CredentialsRef::SecretsManager(name.to_owned()))),
            Some(("ssm", name)) => Ok(Some(CredentialsRef::SecureString(name.to_owned()))),
            // The value may be the secret itself, put here by mistake: it is not repeated.
            _ => Err(SettingsError::Invalid { name, value: "(hidden)".into(), expected: CREDENTIALS }),
        }
    }
}

const CREDENTIALS: &str = "secretsmanager:NAME or ssm:/parameter/name (never the credentials themselves)";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let vars: Vec<(String, String)> = vars.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Settings::read(move |name| {
            let table = ("KINTSUGI_GUARD_TABLE".to_owned(), "guards".to_owned());
            vars.iter().chain([&table]).find(|(k, _)| k == name).map(|(_, v)| v.clone())
        })
    }

    #[test]
    fn the_default_mode_changes_nothing() {
        assert_eq!(read(&[]).unwrap().mode, Mode::Observe);
        assert_eq!(read(&[("KINTSUGI_MODE", "")]).unwrap().mode, Mode::Observe);
    }

    #[test]
    fn a_misspelt_mode_stops_the_function_instead_of_choosing_one() {
        let error = read(&[("KINTSUGI_MODE", "Enforce")]).unwrap_err();
        assert_eq!(error.to_string(), "KINTSUGI_MODE is \"Enforce\"; expected observe, approve or enforce");
    }

    #[test]
    fn plain_jira_credentials_are_refused_and_never_repeated() {
        let error = read(&[
            ("KINTSUGI_TICKET_PROVIDER", "jira"),
            ("KINTSUGI_TICKET_URL", "https://example.atlassian.net/"),
            ("KINTSUGI_TICKET_PROJECT", "OPS"),
            ("KINTSUGI_TICKET_CREDENTIALS", "s3cr3t-token"),
        ])
        .unwrap_err();
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }

    #[test]
    fn an_operator_needs_no_variable_and_no_function_s_mistake_gets_in_the_way() {
        let models = Path::new("found/models.pack");
        let settings = Settings::read_operator(|_| None, models).unwrap();
        assert_eq!((settings.models.as_path(), settings.stop_parameter), (models, None));
        let set = |name: &str| match name {
            "KINTSUGI_MODELS" => Some("told/models.pack".to_owned()),
            "KINTSUGI_STOP_PARAMETER" => Some("/kintsugi/stop".to_owned()),
            _ => Some("nonsense".to_owned()),
        };
        let settings = Settings::read_operator(set, models).unwrap();
        assert_eq!(settings.models, Path::new("told/models.pack"));
        assert_eq!(settings.stop_parameter.as_deref(), Some("/kintsugi/stop"));
    }

    #[test]
    fn a_missing_guard_table_is_an_error_because_guards_fail_closed() {
        assert!(matches!(Settings::read(|_| None), Err(SettingsError::Missing { name: "KINTSUGI_GUARD_TABLE", .. })));
    }
}
