//! Whom a run can ask: what was said on the command line, and whoever sits at the terminal.
//!
//! Comes in: an approval or a pause. Goes out: a word, or that nobody is there now.
//! Never: an answer from anything but a terminal, except the one that was given with the command.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use engine::{ApprovalRequest, ApproverDecision, PauseRequest, plain_lines};
use shared::host::{People, Speaker, Word, approver_of};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What is given with a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    /// The step it is for.
    pub(crate) step: String,
    pub(crate) said: Said,
    /// Who says it; the caller if nobody is named.
    pub(crate) name: Option<String>,
    pub(crate) comment: Option<String>,
}

/// The three things one can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    Approve,
    Reject,
    Continue,
}

/// The people at this machine.
pub(crate) struct Desk {
    given: Mutex<Option<Given>>,
    /// The ARN of whoever calls.
    caller: String,
    lines: Option<tokio::sync::Mutex<Lines>>,
}

impl Desk {
    /// With what was given, and a terminal if there is one.
    pub(crate) fn new(given: Option<Given>, caller: &str) -> Self {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        let lines = terminal.then(|| tokio::sync::Mutex::new(Lines::default()));
        Self { given: Mutex::new(given), caller: caller.to_owned(), lines }
    }

    /// What was given and no step asked for.
    pub(crate) fn unused(&self) -> Option<Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, step: &str, fits: impl Fn(Said) -> bool) -> Option<Given> {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.take_if(|given| given.step == step && fits(given.said))
    }

    fn speaker(&self, given: Given) -> Speaker {
        Speaker { name: given.name.unwrap_or_else(|| self.caller.clone()), comment: given.comment }
    }

    async fn ask(&self, lines: &mut Lines, request: &ApprovalRequest, decided: &[ApproverDecision]) -> Option<Word> {
        say(&question(request, decided));
        let answer = lines.after("approve, reject or later? [a/r/L] ").await?;
        let yes = match answer.to_lowercase().as_str() {
            "a" | "approve" | "yes" => true,
            "r" | "reject" | "no" => false,
            _ => return None,
        };
        let name = self.name(lines, request, decided).await?;
        let comment = lines.after("comment: ").await.filter(|comment| !comment.is_empty());
        let speaker = Speaker { name, comment };
        Some(if yes { Word::Yes(speaker) } else { Word::No(speaker) })
    }

    /// Who decides: the caller if the caller may, else whoever is named; asked again until somebody may.
    async fn name(&self, lines: &mut Lines, request: &ApprovalRequest, decided: &[ApproverDecision]) -> Option<String> {
        let may = |name: &str| {
            let approver = approver_of(&request.approvers, name)?;
            (!decided.iter().any(|decision| decision.approver == approver)).then(|| approver.to_owned())
        };
        let caller = may(&self.caller);
        loop {
            let prompt = caller.as_deref().map_or("as: ".to_owned(), |caller| format!("as [{caller}]: "));
            let answer = lines.after(&prompt).await?;
            let name = if answer.is_empty() { caller.clone() } else { may(&answer) };
            match name {
                Some(name) => return Some(name),
                None => say("that is nobody who still decides"),
            }
        }
    }
}

#[async_trait]
impl People for Desk {
    async fn decide(&self, request: &ApprovalRequest, decided: &[ApproverDecision]) -> Word {
        if let Some(given) = self.take(&request.step, |said| said != Said::Continue) {
            let yes = given.said == Said::Approve;
            let speaker = self.speaker(given);
            return if yes { Word::Yes(speaker) } else { Word::No(speaker) };
        }
        let Some(lines) = &self.lines else { return Word::Later };
        self.ask(&mut *lines.lock().await, request, decided).await.unwrap_or(Word::Later)
    }

    async fn go_on(&self, request: &PauseRequest) -> Word {
        if let Some(given) = self.take(&request.step, |said| said == Said::Continue) {
            return Word::Yes(self.speaker(given));
        }
        let Some(lines) = &self.lines else { return Word::Later };
        let answer = lines.lock().await.after(&format!("{} is paused. Go on? [y/L] ", request.step)).await;
        match answer.as_deref() {
            Some("y" | "yes" | "Y") => Word::Yes(Speaker { name: self.caller.clone(), comment: None }),
            _ => Word::Later,
        }
    }
}

/// What is asked, and of whom.
fn question(request: &ApprovalRequest, decided: &[ApproverDecision]) -> String {
    let said = request.message.as_deref().map(|said| format!(": {said}")).unwrap_or_default();
    let have = decided.iter().map(|decision| format!("\n  approved by {}", decision.approver)).collect::<String>();
    let whom = request.approvers.join(", ");
    format!("{} asks for {} of {whom}{said}{have}", request.step, request.minimum)
}

fn say(text: &str) {
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(io::stderr(), "{}", plain_lines(text));
}

/// Lines from the terminal. They are read by a thread that nobody waits for, so that a run can stop, or time out, while
/// a person thinks.
#[derive(Default)]
struct Lines(Option<UnboundedReceiver<String>>);

impl Lines {
    /// The answer to a prompt, trimmed; `None` at the end of the input.
    async fn after(&mut self, prompt: &str) -> Option<String> {
        let mut out = io::stderr();
        let _ = write!(out, "{}", plain_lines(prompt)).and_then(|()| out.flush());
        self.0.get_or_insert_with(read).recv().await.map(|line| line.trim().to_owned())
    }
}

fn read() -> UnboundedReceiver<String> {
    let (said, lines) = unbounded_channel();
    std::thread::spawn(move || io::stdin().lock().lines().map_while(Result::ok).all(|line| said.send(line).is_ok()));
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn request(step: &str) -> ApprovalRequest {
        ApprovalRequest {
            step: step.into(),
            approvers: vec!["kim".into(), "lee".into()],
            minimum: 2,
            message: Some("May I?".into()),
            notification_arn: None,
            timeout: Duration::from_secs(60),
            cancellable: true,
        }
    }

    fn desk(step: &str, said: Said, name: Option<&str>) -> Desk {
        let given = Given { step: step.into(), said, name: name.map(str::to_owned), comment: Some("fine".into()) };
        Desk { given: Mutex::new(Some(given)), caller: "arn:aws:iam::1:user/kim".into(), lines: None }
    }

    #[tokio::test]
    async fn what_is_given_counts_once_and_for_its_step_only() {
        let desk = desk("ask", Said::Approve, None);
        assert_eq!(desk.decide(&request("other"), &[]).await, Word::Later);
        assert!(desk.unused().is_some());
        let speaker = Speaker { name: "arn:aws:iam::1:user/kim".into(), comment: Some("fine".into()) };
        assert_eq!(desk.decide(&request("ask"), &[]).await, Word::Yes(speaker));
        assert_eq!(desk.decide(&request("ask"), &[]).await, Word::Later);
        assert!(desk.unused().is_none());
    }

    #[tokio::test]
    async fn a_word_to_continue_approves_nothing_and_an_approval_resumes_nothing() {
        assert_eq!(desk("ask", Said::Continue, None).decide(&request("ask"), &[]).await, Word::Later);
        let pause = PauseRequest { step: "ask".into(), timeout: None, cancellable: true };
        assert_eq!(desk("ask", Said::Approve, None).go_on(&pause).await, Word::Later);
        assert!(matches!(desk("ask", Said::Continue, None).go_on(&pause).await, Word::Yes(_)));
        let named = desk("ask", Said::Reject, Some("lee")).decide(&request("ask"), &[]).await;
        assert!(matches!(named, Word::No(speaker) if speaker.name == "lee"));
    }

    #[test]
    fn the_question_says_what_is_asked_of_whom_and_who_agreed() {
        let kim = ApproverDecision { approver: "kim".into(), approved: true, comment: None, at: Default::default() };
        assert_eq!(question(&request("ask"), &[kim]), "ask asks for 2 of kim, lee: May I?\n  approved by kim");
    }
}
