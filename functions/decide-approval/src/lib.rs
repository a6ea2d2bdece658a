//! The page where an approver sees a plan and decides on it.
//!
//! Comes in: HTTP requests of a Lambda function URL. Goes out: one small page for each, whatever comes in.
//! Never: a decision by GET or HEAD, which mail scanners send too; one without a valid link, or from another site's
//! page; a token, an address or a form in a log.

mod changes;
mod decide;
mod html;
mod limit;
mod page;
mod problem;
mod request;
mod response;
mod seal;
mod when;

use jiff::Timestamp;
use serde_json::Value;
use shared::approval::keys::NotVerified;
use shared::approval::{Approval, Claims, LinkError, NotDecided, Word, store};
use shared::aws::Services;
use shared::host::wall_clock;
use shared::telemetry::chain;

use decide::{Standing, from_our_page, standing, word};
use problem::Problem;
use request::{Asked, Form, Request};
use response::Response;

/// Name of the function, as in the template.
pub const NAME: &str = "decide-approval";

/// The function.
#[derive(Clone)]
pub struct DecideApproval {
    services: Services,
}

/// A valid link, and the approval it is for.
struct Opened {
    token: String,
    claims: Claims,
    approval: Approval,
    now: Timestamp,
}

impl DecideApproval {
    /// Over these clients.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { services }
    }

    /// Answers the event of a function URL. Never fails: what cannot be done is a page that says so.
    pub async fn answer(&self, event: &Value) -> Value {
        let head = event["requestContext"]["http"]["method"] == "HEAD";
        let answer = match request::read(event) {
            Ok(request) => self.respond(request).await,
            Err(problem) => Err(problem),
        };
        let response = answer.unwrap_or_else(|problem| page::problem(problem.told()));
        if head { response.without_page() } else { response }.into_json()
    }

    async fn respond(&self, request: Request) -> Result<Response, Problem> {
        limit::of_sender(&self.services, &request.source).await?;
        match request.asked {
            Asked::Page { token, .. } => self.show(token).await,
            Asked::Decision(_) if !from_our_page(&request.sent) => Err(Problem::OtherSite),
            Asked::Decision(form) => self.decide(form).await,
        }
    }

    async fn show(&self, token: String) -> Result<Response, Problem> {
        let opened = self.open(token).await?;
        match standing(&opened.approval, &opened.claims, opened.now) {
            Standing::Open => self.ask(&opened, None).await,
            other => self.closed(&opened, other).await,
        }
    }

    async fn decide(&self, form: Form) -> Result<Response, Problem> {
        let opened = self.open(form.token.clone()).await?;
        let page = self.services.keyring.verify(&self.services, &form.page, opened.now).await;
        match page {
            Ok(page) if seal::fits(&page, &opened.claims, &form.token) => {}
            Err(NotVerified::Keys(error)) => return Err(unavailable(&error)),
            _ => return Err(Problem::OldPage),
        }
        match (standing(&opened.approval, &opened.claims, opened.now), word(&form)) {
            // The store answers the same word once more as it did the first time: a double click is no fault.
            (Standing::Open | Standing::Used(_), Ok(word)) => self.take(&opened, &word).await,
            (Standing::Open, Err(mistake)) => self.ask(&opened, Some((mistake, &form))).await,
            (other, _) => self.closed(&opened, other).await,
        }
    }

    /// The approval of a link, if the link is one of ours and still good.
    async fn open(&self, token: String) -> Result<Opened, Problem> {
        let now = wall_clock();
        let claims = self.services.keyring.verify(&self.services, &token, now).await.map_err(|error| match error {
            NotVerified::Link(LinkError::Expired) => Problem::Expired,
            NotVerified::Link(_) => Problem::Tampered,
            NotVerified::Keys(error) => unavailable(&error),
        })?;
        limit::of_link(&self.services, &token).await?;
        let approval = store::load(&self.services, &claims.approval).await.map_err(|error| unavailable(&error))?;
        Ok(Opened { token, claims, approval: approval.ok_or(Problem::Unknown)?, now })
    }

    async fn ask(&self, opened: &Opened, wrong: Option<(decide::Mistake, &Form)>) -> Result<Response, Problem> {
        let page = self.page_token(opened).await?;
        let Opened { token, claims, approval, now } = opened;
        Ok(page::ask(&page::Asking { approval, approver: &claims.approver, token, page: &page, now: *now, wrong }))
    }

    async fn page_token(&self, opened: &Opened) -> Result<String, Problem> {
        let keys = self.services.keyring.keys(&self.services).await.map_err(|error| unavailable(&error))?;
        Ok(seal::seal(&keys, &opened.claims, &opened.token, opened.now))
    }

    /// The page of an approval on which this approver cannot decide, or not any more.
    async fn closed(&self, opened: &Opened, standing: Standing) -> Result<Response, Problem> {
        let Opened { approval, claims, .. } = opened;
        match standing {
            Standing::NotFor | Standing::Open => Err(Problem::Unknown),
            Standing::Expired => Ok(page::over(approval)),
            Standing::Settled(state) => Ok(page::settled(approval, state)),
            Standing::Used(decision) if page::is_untold(approval) => self.tell_again(opened, decision.approved).await,
            Standing::Used(decision) => Ok(page::used(approval, &claims.approver, &decision)),
        }
    }

    async fn take(&self, opened: &Opened, word: &Word) -> Result<Response, Problem> {
        let Opened { claims, .. } = opened;
        match store::decide(&self.services, claims, word).await {
            Ok(decided) => {
                let said = if word.approved { "approved" } else { "rejected" };
                tracing::info!(target: "kintsugi", phase = "approval", approval = claims.approval, "{said} by {}", claims.approver);
                Ok(page::decided(&decided.approval, &claims.approver, word.approved, decided.repeated))
            }
            Err(NotDecided::NotTold { approval, cause }) => {
                tracing::error!(target: "kintsugi", phase = "approval", approval = claims.approval, "the run was not told: {cause}");
                let opened =
                    Opened { approval: *approval, token: opened.token.clone(), claims: claims.clone(), ..*opened };
                self.tell_again(&opened, word.approved).await
            }
            Err(NotDecided::Store(error)) => Err(unavailable(&error)),
            Err(_) => self.look_again(opened).await,
        }
    }

    /// The decision is stored, the run that waits could not be told: a button that says the same once more.
    async fn tell_again(&self, opened: &Opened, approved: bool) -> Result<Response, Problem> {
        let page = self.page_token(opened).await?;
        Ok(page::untold(&opened.approval, &opened.token, &page, approved))
    }

    /// The word did not count: the approval has changed since it was loaded, or the approver said the contrary before.
    async fn look_again(&self, opened: &Opened) -> Result<Response, Problem> {
        let approval =
            store::load(&self.services, &opened.claims.approval).await.map_err(|error| unavailable(&error))?;
        let approval = approval.ok_or(Problem::Unknown)?;
        let opened = Opened { approval, token: opened.token.clone(), claims: opened.claims.clone(), now: wall_clock() };
        let standing = standing(&opened.approval, &opened.claims, opened.now);
        self.closed(&opened, standing).await
    }
}

/// What the log hears of a part that does not answer; its own words hold no token.
fn unavailable(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(target: "kintsugi", phase = "approval", "an approval cannot be shown: {}", chain(error));
    Problem::Unavailable
}
