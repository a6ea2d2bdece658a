//! What a deployment says about approvals: where the key is, where the page is, how approvers are told, who they are.

use super::{CredentialsRef, SettingsError, Variables};

/// Whatever approvals need. All of it may be absent: then nothing can be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalSettings {
    /// Name or ARN of the secret that links are signed with.
    pub secret: Option<String>,
    /// Base address of the page that links lead to, without a slash at its end.
    pub url: Option<String>,
    /// SNS topic that tells approvers.
    pub topic: Option<String>,
    /// Where the addresses of webhooks are: `{"kim": "https://...", "*": "https://..."}`.
    pub webhooks: Option<CredentialsRef>,
    /// SSM parameter that holds who may approve ([`crate::approval::rules`]). Read when somebody is to be asked, so that
    /// it may change without a deployment.
    pub rules: Option<String>,
}

impl ApprovalSettings {
    /// Why no link can be made or sent here; `None` if it can.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        match self {
            Self { secret: None, .. } => Some("KINTSUGI_APPROVAL_SECRET names no secret to sign links with"),
            Self { url: None, .. } => Some("KINTSUGI_APPROVAL_URL names no page on which to decide"),
            Self { topic: None, webhooks: None, .. } => {
                Some("neither KINTSUGI_APPROVAL_TOPIC nor KINTSUGI_APPROVAL_WEBHOOKS says how to tell approvers")
            }
            _ => None,
        }
    }
}

impl Variables<'_> {
    pub(super) fn approvals(&self) -> Result<ApprovalSettings, SettingsError> {
        Ok(ApprovalSettings {
            secret: self.get("KINTSUGI_APPROVAL_SECRET"),
            url: self.get("KINTSUGI_APPROVAL_URL").map(|url| url.trim_end_matches('/').to_owned()),
            topic: self.get("KINTSUGI_APPROVAL_TOPIC"),
            webhooks: self.optional_credentials("KINTSUGI_APPROVAL_WEBHOOKS")?,
            rules: self.get("KINTSUGI_APPROVAL_RULES"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn read(variables: &'static [(&str, &str)]) -> Result<ApprovalSettings, SettingsError> {
        let settings = Settings::read(move |asked| {
            let known = variables.iter().chain(&[("KINTSUGI_GUARD_TABLE", "t")]).find(|(name, _)| *name == asked);
            known.map(|(_, value)| (*value).to_owned())
        });
        settings.map(|settings| settings.approvals)
    }

    #[test]
    fn the_address_of_a_webhook_is_a_reference_and_never_repeated() {
        let error = read(&[("KINTSUGI_APPROVAL_WEBHOOKS", "https://hooks.example.com/hunter2")]).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_missing_to_ask_anybody_is_said() {
        let all = &[
            ("KINTSUGI_APPROVAL_SECRET", "s"),
            ("KINTSUGI_APPROVAL_URL", "https://page/"),
            ("KINTSUGI_APPROVAL_TOPIC", "t"),
        ];
        for (some, lack) in [(&all[..0], "_SECRET"), (&all[..1], "_URL"), (&all[..2], "_TOPIC")] {
            let lacks = read(some).unwrap().lacks();
            assert!(lacks.is_some_and(|said| said.contains(lack)), "{some:?} {lacks:?}");
        }
        let settings = read(all).unwrap();
        assert_eq!((settings.lacks(), settings.url.as_deref()), (None, Some("https://page")));
    }
}
