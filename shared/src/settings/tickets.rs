//! Where tickets go: one settings block for each provider. The default needs none.
//!
//! Comes in: the variables about tickets. Goes out: [`TicketSettings`]. Never: a credential; they are named here
//! and fetched when the first ticket is opened.

use std::fmt;
use std::time::Duration;

use super::{CREDENTIALS, CredentialsRef, SettingsError, Variables};

const PROVIDERS: &str = "opsitem, jira, jira-data-center, servicenow, github, pagerduty, webhook or slack";
const CREDENTIALS_NAME: &str = "KINTSUGI_TICKET_CREDENTIALS";

/// Whatever tickets need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketSettings {
    /// Where they go.
    pub provider: TicketProvider,
    /// SQS queue in which events wait while the desk is down. Absent: they go to the dead-letter queue at once.
    pub queue_url: Option<String>,
    /// SSM parameter with labels, fields, priorities and words ([`crate::ticket::Rules`]). Absent: none.
    pub rules: Option<String>,
    /// A ticket closed no longer ago than this is opened again when its fault comes back; later, there is a new one.
    pub reopen: Duration,
}

/// Where tickets go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketProvider {
    /// SSM OpsCenter in the same account. Needs no set-up.
    OpsItem,
    /// Jira Cloud.
    Jira(JiraSettings),
    /// Jira Data Center, or another Jira of one's own.
    JiraDataCenter(JiraSettings),
    /// Incidents of ServiceNow.
    ServiceNow(ServiceNowSettings),
    /// Issues of a GitHub repository.
    GitHub(GitHubSettings),
    /// PagerDuty's Events API.
    PagerDuty(PagerDutySettings),
    /// A POST to an address of one's own.
    Webhook(HookSettings),
    /// An incoming webhook of Slack, or of what speaks like it.
    Slack(HookSettings),
}

/// For people: `Jira Cloud at https://example.atlassian.net, project OPS, issue type Task`.
impl fmt::Display for TicketProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let jira = |of: &JiraSettings| format!("at {}, project {}, issue type {}", of.url, of.project, of.issue_type);
        match self {
            Self::OpsItem => f.write_str("SSM OpsCenter of this account and Region"),
            Self::Jira(of) => write!(f, "Jira Cloud {}", jira(of)),
            Self::JiraDataCenter(of) => write!(f, "Jira Data Center {}", jira(of)),
            Self::ServiceNow(of) => write!(f, "ServiceNow at {}", of.url),
            Self::GitHub(of) => write!(f, "GitHub at {}, repository {}", of.url, of.repository),
            Self::PagerDuty(of) => write!(f, "PagerDuty at {}", of.url),
            // Their addresses are secrets.
            Self::Webhook(_) => f.write_str("a webhook"),
            Self::Slack(_) => f.write_str("a channel, by an incoming webhook of Slack"),
        }
    }
}

/// A Jira project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JiraSettings {
    /// Base URL, for example `https://example.atlassian.net`.
    pub url: String,
    /// Project key.
    pub project: String,
    /// Name of the issue type.
    pub issue_type: String,
    /// Cloud: `{"email", "token"}`. Data Center: `{"token"}` or `{"user", "password"}`.
    pub credentials: CredentialsRef,
}

/// A ServiceNow instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceNowSettings {
    /// Base URL, for example `https://example.service-now.com`.
    pub url: String,
    /// `{"user", "password"}` or `{"token"}`.
    pub credentials: CredentialsRef,
}

/// A GitHub repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHubSettings {
    /// Base URL of the API.
    pub url: String,
    /// `owner/name`.
    pub repository: String,
    /// `{"token"}`.
    pub credentials: CredentialsRef,
}

/// A PagerDuty service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagerDutySettings {
    /// Base URL of the Events API; the service Region EU has another.
    pub url: String,
    /// `{"routingKey"}`.
    pub credentials: CredentialsRef,
}

/// An address that is a secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookSettings {
    /// `{"url"}`; a webhook of one's own also takes `"key"`, which signs what is sent.
    pub credentials: CredentialsRef,
}

impl Variables<'_> {
    pub(super) fn tickets(&self) -> Result<TicketSettings, SettingsError> {
        let days = self.number("KINTSUGI_TICKET_REOPEN_DAYS", 14)?;
        Ok(TicketSettings {
            provider: self.provider()?,
            queue_url: self.get("KINTSUGI_TICKET_QUEUE_URL"),
            rules: self.get("KINTSUGI_TICKET_RULES"),
            reopen: Duration::from_secs(u64::from(days) * 24 * 3600),
        })
    }

    fn provider(&self) -> Result<TicketProvider, SettingsError> {
        const NAME: &str = "KINTSUGI_TICKET_PROVIDER";
        match self.get(NAME).as_deref() {
            None | Some("opsitem") => Ok(TicketProvider::OpsItem),
            Some("jira") => self.jira("the site, for example https://example.atlassian.net").map(TicketProvider::Jira),
            Some("jira-data-center") => {
                self.jira("its base URL, for example https://jira.example.com").map(TicketProvider::JiraDataCenter)
            }
            Some("servicenow") => self.service_now().map(TicketProvider::ServiceNow),
            Some("github") => self.github().map(TicketProvider::GitHub),
            Some("pagerduty") => self.pager_duty().map(TicketProvider::PagerDuty),
            Some("webhook") => self.hook().map(TicketProvider::Webhook),
            Some("slack") => self.hook().map(TicketProvider::Slack),
            Some(other) => Err(SettingsError::Invalid { name: NAME, value: other.to_owned(), expected: PROVIDERS }),
        }
    }

    fn jira(&self, expected: &'static str) -> Result<JiraSettings, SettingsError> {
        let missing = SettingsError::Missing { name: "KINTSUGI_TICKET_URL", expected };
        Ok(JiraSettings {
            url: self.ticket_url().ok_or(missing)?,
            project: self.required("KINTSUGI_TICKET_PROJECT", "a project key")?,
            issue_type: self.text("KINTSUGI_TICKET_TYPE", "Task"),
            credentials: self.ticket_credentials()?,
        })
    }

    fn service_now(&self) -> Result<ServiceNowSettings, SettingsError> {
        let expected = "the instance, for example https://example.service-now.com";
        let url = self.ticket_url().ok_or(SettingsError::Missing { name: "KINTSUGI_TICKET_URL", expected })?;
        Ok(ServiceNowSettings { url, credentials: self.ticket_credentials()? })
    }

    fn github(&self) -> Result<GitHubSettings, SettingsError> {
        const NAME: &str = "KINTSUGI_TICKET_PROJECT";
        const EXPECTED: &str = "a repository, OWNER/NAME";
        let repository = self.required(NAME, EXPECTED)?;
        if !is_repository(&repository) {
            return Err(SettingsError::Invalid { name: NAME, value: repository, expected: EXPECTED });
        }
        let url = self.ticket_url().unwrap_or_else(|| "https://api.github.com".to_owned());
        Ok(GitHubSettings { url, repository, credentials: self.ticket_credentials()? })
    }

    fn pager_duty(&self) -> Result<PagerDutySettings, SettingsError> {
        let url = self.ticket_url().unwrap_or_else(|| "https://events.pagerduty.com".to_owned());
        Ok(PagerDutySettings { url, credentials: self.ticket_credentials()? })
    }

    fn hook(&self) -> Result<HookSettings, SettingsError> {
        Ok(HookSettings { credentials: self.ticket_credentials()? })
    }

    fn ticket_url(&self) -> Option<String> {
        self.get("KINTSUGI_TICKET_URL").map(|url| url.trim_end_matches('/').to_owned())
    }

    fn ticket_credentials(&self) -> Result<CredentialsRef, SettingsError> {
        let missing = SettingsError::Missing { name: CREDENTIALS_NAME, expected: CREDENTIALS };
        self.optional_credentials(CREDENTIALS_NAME)?.ok_or(missing)
    }
}

/// What may stand in a path without further care.
fn is_repository(text: &str) -> bool {
    let plain = |part: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !part.is_empty() && !part.starts_with('.') && part.chars().all(letter)
    };
    text.split_once('/').is_some_and(|(owner, name)| plain(owner) && plain(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    type Set<'a> = &'a [(&'a str, &'a str)];

    fn read(variables: Set<'_>) -> Result<TicketProvider, String> {
        let settings = Settings::read(|asked| {
            let known = variables.iter().chain(&[("KINTSUGI_GUARD_TABLE", "t")]).find(|(name, _)| *name == asked);
            known.map(|(_, value)| (*value).to_owned())
        });
        settings.map(|settings| settings.tickets.provider).map_err(|error| error.to_string())
    }

    const SECRET: (&str, &str) = ("KINTSUGI_TICKET_CREDENTIALS", "secretsmanager:desk");

    #[test]
    fn every_provider_says_what_it_lacks() {
        let cases: [(&str, Set<'_>, &str); 8] = [
            ("jira", &[], "KINTSUGI_TICKET_URL"),
            ("jira-data-center", &[("KINTSUGI_TICKET_URL", "https://j")], "KINTSUGI_TICKET_PROJECT"),
            ("servicenow", &[], "KINTSUGI_TICKET_URL"),
            ("github", &[("KINTSUGI_TICKET_PROJECT", "ops")], "OWNER/NAME"),
            ("github", &[("KINTSUGI_TICKET_PROJECT", "a/b?c")], "OWNER/NAME"),
            ("pagerduty", &[], "KINTSUGI_TICKET_CREDENTIALS"),
            ("slack", &[], "KINTSUGI_TICKET_CREDENTIALS"),
            ("trello", &[], "pagerduty, webhook or slack"),
        ];
        for (provider, more, expected) in cases {
            let vars: Vec<_> = [("KINTSUGI_TICKET_PROVIDER", provider)].iter().chain(more).copied().collect();
            let error = read(&vars).unwrap_err();
            assert!(error.contains(expected), "{provider}: {error}");
        }
    }

    #[test]
    fn what_everybody_has_is_the_default() {
        assert_eq!(read(&[]).unwrap(), TicketProvider::OpsItem);
        let github =
            read(&[("KINTSUGI_TICKET_PROVIDER", "github"), ("KINTSUGI_TICKET_PROJECT", "acme/ops"), SECRET]).unwrap();
        assert!(matches!(github, TicketProvider::GitHub(of) if of.url == "https://api.github.com"));
        let pager = read(&[("KINTSUGI_TICKET_PROVIDER", "pagerduty"), SECRET]).unwrap();
        assert!(matches!(pager, TicketProvider::PagerDuty(of) if of.url == "https://events.pagerduty.com"));
    }
}
