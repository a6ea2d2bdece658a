//! People who are asked: one mailbox for all lanes, and the answer that a case wants.
//!
//! Comes in: a resource, an answer. Goes out: a decision by the link that was sent. Never: a word for another resource.

use std::time::Duration;

use tokio::sync::Mutex;

use super::Trouble;
use super::case::Answer;
use crate::local::{Mailbox, People, Stage, link_in};

/// Whoever may be asked, in every group that a binding may name.
const RULES: &str =
    "approvers: {managers: [kim], owners: [kim], finance: [kim]}\ndefault: {groups: {managers: 1}, within: ";
/// Who gets no answer waits for this, in seconds.
const BRIEFLY: u32 = 3;
/// Who gets one waits no longer than this.
const PATIENTLY: u32 = 60;
const EVERY: Duration = Duration::from_millis(100);

/// The rules by which a question waits for such an answer.
#[must_use]
pub fn rules(answer: Answer) -> String {
    let seconds = if answer == Answer::Nothing { BRIEFLY } else { PATIENTLY };
    format!("{RULES}{seconds}}}")
}

/// The approvers of a stack.
pub struct Approvers<'a> {
    people: People<'a>,
    mailbox: Mailbox,
    unread: Mutex<Vec<String>>,
}

impl<'a> Approvers<'a> {
    /// Whoever may approve.
    ///
    /// # Errors
    /// The account refuses.
    pub async fn new(stage: &'a Stage<'a>) -> Result<Self, Trouble> {
        let people = People::with(stage, &rules(Answer::Yes)).await.map_err(|error| error.to_string())?;
        let mailbox = people.mailbox("kim").await.map_err(|error| error.to_string())?;
        Ok(Self { people, mailbox, unread: Mutex::default() })
    }

    /// Answers every question about a resource, for as long as it is waited for.
    ///
    /// # Errors
    /// The mailbox cannot be read, or a link is none.
    pub async fn answer(&self, resource: &str, answer: Answer) -> Result<std::convert::Infallible, Trouble> {
        loop {
            if let Some(message) = self.about(resource).await.filter(|_| answer != Answer::Nothing) {
                let link = link_in(&message)?;
                let decided = self.people.decide(link, answer == Answer::Yes, None).await;
                // A word that does not count is seen by what comes of it.
                if let Err(not) = decided.map_err(|error| error.to_string())? {
                    println!("a word about {resource} does not count: {not}");
                }
            }
            self.read().await?;
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn about(&self, resource: &str) -> Option<String> {
        let mut unread = self.unread.lock().await;
        let at = unread.iter().position(|message| is_about(message, resource))?;
        Some(unread.swap_remove(at))
    }

    async fn read(&self) -> Result<(), Trouble> {
        let message = self.people.receive(&self.mailbox).await.map_err(|error| error.to_string())?;
        self.unread.lock().await.extend(message);
        Ok(())
    }
}

/// Whether the question is about this resource, and does not only mention it, as every question does an account.
fn is_about(message: &str, resource: &str) -> bool {
    message.lines().any(|line| line.starts_with("Resource ") && line.trim_end().ends_with(&format!(" {resource}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_in_an_account_is_not_about_the_account() {
        let message = "Account         123456789012\nResource        AWS::S3::Bucket photos\n";
        assert!(is_about(message, "photos") && !is_about(message, "123456789012") && !is_about(message, "otos"));
    }
}
