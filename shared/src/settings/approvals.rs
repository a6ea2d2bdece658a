//! What a deployment says about approvals: where the key is, where the page is, how approvers are told.

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
}

impl Variables<'_> {
    pub(super) fn approvals(&self) -> Result<ApprovalSettings, SettingsError> {
        Ok(ApprovalSettings {
            secret: self.get("KINTSUGI_APPROVAL_SECRET"),
            url: self.get("KINTSUGI_APPROVAL_URL").map(|url| url.trim_end_matches('/').to_owned()),
            topic: self.get("KINTSUGI_APPROVAL_TOPIC"),
            webhooks: self.optional_credentials("KINTSUGI_APPROVAL_WEBHOOKS")?,
        })
    }
}
