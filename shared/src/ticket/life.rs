//! What becomes of a ticket when its fault is seen again, or seen to be gone. Pure.
//!
//! Comes in: the news, what we remember, what the desk has. Goes out: one [`Step`], and whether the ticket becomes more
//! urgent. Never: a change against a person's: what people closed twice stays closed, what they have taken on they close,
//! a priority they chose stays, and a ticket with the label [`HANDS_OFF`](super::desk::HANDS_OFF) is left alone.

use std::time::Duration;

use jiff::Timestamp;

use super::desk::{Found, Note, State, Why};
use super::draft::{Body, Draft, News, Severity};
use super::reservation::Memory;
use super::text::time;

/// So many repeats of one kind are told in full.
const IN_FULL: u64 = 5;
/// At these counts, and ten times and a hundred times them, the count is told.
const MILESTONES: [u64; 3] = [10, 20, 50];
/// At each of these counts the ticket becomes one step more urgent.
const PRESSING: [u64; 2] = [10, 100];
/// So often a ticket that people closed is opened again.
const AGAINST_PEOPLE: u64 = 1;

/// The kind of news that an [`Outcome::Remediated`](crate::outcome::Outcome::Remediated) is.
const PUT_RIGHT: &str = "Remediated";

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Open a ticket.
    Create,
    /// It is open already, by an attempt whose answer was lost.
    Adopt,
    /// Say everything.
    Tell,
    /// Say the count.
    Summarise,
    /// Say nothing, and remember that it was seen.
    Count,
    /// Open the closed ticket again.
    Reopen,
    /// Close it.
    Close,
    /// Say that it is healed; closing is a person's.
    TellHealed,
    /// Somebody said hands off.
    Silence,
    /// There is nothing to tell.
    Leave,
}

/// What to do about the draft. `reopen`: a ticket closed no longer ago than this is opened again.
pub(super) fn step(draft: &Draft, memory: &Memory, found: Option<&Found>, reopen: Duration, now: Timestamp) -> Step {
    match (draft.news, found) {
        (News::Broken, None) => Step::Create,
        (News::Healed, None) => Step::Leave,
        (_, Some(found)) if found.silenced => Step::Silence,
        (News::Healed, Some(_)) if is_of_before(draft, memory) => Step::Leave,
        (News::Broken, Some(found)) if is_ours(draft, memory, found) => Step::Adopt,
        (News::Broken, Some(found)) if found.state == State::Done => back(memory, found, reopen, now),
        (News::Broken, Some(_)) => again(draft, memory),
        (News::Healed, Some(found)) => match found.state {
            State::Done if is_worth_a_word(draft, memory) => Step::TellHealed,
            State::Done => Step::Leave,
            State::Open => Step::Close,
            State::Taken if memory.kind == draft.kind => Step::Leave,
            State::Taken => Step::TellHealed,
        },
    }
}

/// Whether the fault that ended is an earlier one than the ticket was told of last: its end has waited somewhere.
fn is_of_before(draft: &Draft, memory: &Memory) -> bool {
    draft.seen.zip(memory.began).is_some_and(|(ended, began)| ended < began)
}

/// Whether the ticket tells of this very occurrence: it was being opened for it when the answer was lost.
fn is_ours(draft: &Draft, memory: &Memory, found: &Found) -> bool {
    let begun = memory.attempting.as_deref() == Some(draft.occurrence.as_str());
    begun && found.state != State::Done && memory.ticket.as_deref() != Some(found.id.as_str())
}

/// What was done about it is told even if the alarm's own end came first and closed the ticket, or if the ticket was closed
/// for this very news and did not take its words. That all is well is not told twice, and nothing to people who closed it
/// themselves.
fn is_worth_a_word(draft: &Draft, memory: &Memory) -> bool {
    let closed_without_a_word = memory.attempting.as_deref() == Some(draft.occurrence.as_str());
    closed_without_a_word || (memory.closed.is_some() && draft.kind == PUT_RIGHT && memory.kind != draft.kind)
}

/// A worse fault, or another kind of news, is told in full however often the fault was seen.
fn again(draft: &Draft, memory: &Memory) -> Step {
    let count = memory.count + 1;
    let another = memory.kind != draft.kind || memory.severity.is_some_and(|before| draft.severity < before);
    if count <= IN_FULL || another {
        Step::Tell
    } else if is_milestone(count) {
        Step::Summarise
    } else {
        Step::Count
    }
}

/// 10, 20, 50, 100, 200, 500, ...
fn is_milestone(mut count: u64) -> bool {
    while count >= 100 && count.is_multiple_of(10) {
        count /= 10;
    }
    MILESTONES.contains(&count)
}

/// A ticket of which nobody knows when it was closed may be years old.
fn back(memory: &Memory, found: &Found, reopen: Duration, now: Timestamp) -> Step {
    let closed = found.closed.or(memory.closed);
    let recent = closed.is_some_and(|closed| now.duration_since(closed).unsigned_abs() <= reopen || closed > now);
    let peoples_word = memory.closed.is_none() && memory.reopened >= AGAINST_PEOPLE;
    if recent && !peoples_word { Step::Reopen } else { Step::Create }
}

/// How urgent the ticket is to be, if it is to change: by what happened now, or by how often. Only ever raised, and only
/// from what we set ourselves; where nothing is remembered, a worse fault still counts.
pub(super) fn raised(draft: &Draft, memory: &Memory, found: &Found) -> Option<(Severity, Severity)> {
    if draft.news == News::Healed || found.silenced {
        return None;
    }
    let is = found.urgency?;
    if memory.severity.is_some_and(|set| set != is) {
        return None;
    }
    let by_count = if PRESSING.contains(&(memory.count + 1)) { is.worse() } else { is };
    let to = by_count.min(draft.severity);
    (to < is).then_some((is, to))
}

/// What is said.
pub(super) fn note(draft: &Draft, why: Why, count: u64, severity: Severity) -> Note {
    let at = draft.seen.map(|seen| format!(" at {}", time(seen))).unwrap_or_default();
    let title = &draft.title;
    let start = Body::default();
    let body = match why {
        Why::Again => {
            start.paragraph(format!("Seen again{at}: {title}")).paragraph(last(count)).followed_by(&draft.body)
        }
        Why::Many => start.paragraph(format!("Seen {count} times more since this was opened. The latest{at}: {title}")),
        Why::Back => {
            start.paragraph(format!("It is back{at}, so this is open again: {title}")).followed_by(&draft.body)
        }
        Why::Healed => start.paragraph(format!("Seen to be well{at}: {title}")).followed_by(&draft.body),
    };
    Note { why, count, severity, body }
}

fn last(count: u64) -> String {
    if count == IN_FULL {
        return format!(
            "This is the {IN_FULL}th repeat that is told in full. From now on repeats are counted; a line at 10, 20, 50, \
             100 and so on says how many."
        );
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::draft::Category;

    fn draft(news: News) -> Draft {
        Draft {
            fingerprint: "0123456789abcdef".into(),
            occurrence: "run-1".into(),
            title: "t".into(),
            severity: Severity::Medium,
            category: Category::Recovery,
            resources: vec![],
            runbook: None,
            seen: None,
            began: None,
            news,
            kind: "Refused".into(),
            binding: None,
            wishes: Default::default(),
            body: Body::default().paragraph("everything"),
        }
    }

    fn found(state: State) -> Found {
        Found { id: "1".into(), state, urgency: Some(Severity::Medium), silenced: false, closed: None }
    }

    fn memory(count: u64) -> Memory {
        Memory { count, kind: "Refused".into(), severity: Some(Severity::Medium), ..Memory::default() }
    }

    const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    fn next(news: News, memory: &Memory, found: Option<&Found>) -> Step {
        step(&draft(news), memory, found, WEEK, now())
    }

    #[test]
    fn the_end_of_an_earlier_fault_closes_nothing() {
        let healed = |minute: i64| {
            let seen = Some(Timestamp::from_second(60 * minute).unwrap());
            let draft = Draft { seen, ..draft(News::Healed) };
            let memory = Memory { began: Timestamp::from_second(600).ok(), ..memory(1) };
            step(&draft, &memory, Some(&found(State::Open)), WEEK, now())
        };
        assert_eq!((healed(9), healed(11)), (Step::Leave, Step::Close));
    }

    #[test]
    fn five_repeats_are_told_in_full_and_then_only_the_count() {
        let open = found(State::Open);
        let steps: Vec<Step> = (0..1000).map(|told| next(News::Broken, &memory(told), Some(&open))).collect();
        let of = |step: Step| -> Vec<usize> { (1..=1000).filter(|count| steps[count - 1] == step).collect() };
        assert_eq!(of(Step::Tell), [1, 2, 3, 4, 5]);
        assert_eq!(of(Step::Summarise), [10, 20, 50, 100, 200, 500, 1000]);
    }

    #[test]
    fn a_ticket_that_was_opened_although_nobody_heard_of_it_is_told_nothing_twice() {
        let begun = Memory { attempting: Some("run-1".into()), ..Memory::default() };
        assert_eq!(next(News::Broken, &begun, Some(&found(State::Open))), Step::Adopt);
        assert_eq!(next(News::Broken, &begun, Some(&found(State::Done))), Step::Create);
        let another = Memory { attempting: Some("run-0".into()), ..Memory::default() };
        assert_eq!(next(News::Broken, &another, Some(&found(State::Open))), Step::Tell);
        let known = Memory { ticket: Some("1".into()), ..begun };
        assert_eq!(next(News::Broken, &known, Some(&found(State::Open))), Step::Tell);
    }

    #[test]
    fn other_news_and_a_worse_fault_are_told_in_full_however_often() {
        let open = found(State::Open);
        let other = Memory { kind: "AwaitingApproval".into(), ..memory(77) };
        let worse = Memory { severity: Some(Severity::Low), ..memory(77) };
        for memory in [other, worse] {
            assert_eq!(next(News::Broken, &memory, Some(&open)), Step::Tell);
        }
    }

    #[test]
    fn a_ticket_becomes_more_urgent_at_ten_and_a_hundred_unless_a_person_chose() {
        let raise = |count: u64, found: &Found| raised(&draft(News::Broken), &memory(count - 1), found);
        let open = found(State::Open);
        assert_eq!(raise(9, &open), None);
        assert_eq!(raise(10, &open), Some((Severity::Medium, Severity::High)));
        let theirs = Found { urgency: Some(Severity::Low), ..open.clone() };
        assert_eq!(raise(10, &theirs), None, "a person lowered it");
        assert_eq!(raise(10, &Found { urgency: None, ..open }), None, "none of ours");
    }

    #[test]
    fn a_worse_fault_raises_and_a_lesser_one_never_lowers() {
        let open = |urgency| Found { urgency: Some(urgency), ..found(State::Open) };
        let unknown = Memory::default();
        assert_eq!(
            raised(&draft(News::Broken), &unknown, &open(Severity::Low)),
            Some((Severity::Low, Severity::Medium))
        );
        assert_eq!(raised(&draft(News::Broken), &unknown, &open(Severity::Critical)), None);
    }

    #[test]
    fn healed_closes_what_nobody_has_taken_on() {
        let cases = [(State::Open, Step::Close), (State::Taken, Step::TellHealed), (State::Done, Step::Leave)];
        for (state, expected) in cases {
            assert_eq!(next(News::Healed, &Memory::default(), Some(&found(state))), expected, "{state:?}");
        }
        assert_eq!(next(News::Healed, &Memory::default(), None), Step::Leave);
    }

    #[test]
    fn what_was_done_is_told_once_although_the_end_of_the_alarm_came_first() {
        let done = found(State::Done);
        let news = |kind: &str| Draft { kind: kind.into(), ..draft(News::Healed) };
        let closed = |kind: &str| Memory { closed: Some(now()), kind: kind.into(), ..Memory::default() };
        let next = |draft: &Draft, memory: &Memory| step(draft, memory, Some(&done), WEEK, now());
        assert_eq!(next(&news("Remediated"), &closed("Healed")), Step::TellHealed);
        assert_eq!(next(&news("Remediated"), &closed("Remediated")), Step::Leave);
        assert_eq!(next(&news("Healed"), &closed("Remediated")), Step::Leave);
        let by_people = Memory { closed: None, ..closed("Refused") };
        assert_eq!(next(&news("Remediated"), &by_people), Step::Leave);
        let outcome = crate::outcome::Outcome::Remediated { change: String::new() };
        assert_eq!(outcome.status(), PUT_RIGHT);
    }

    #[test]
    fn back_within_a_week_is_the_same_ticket_and_later_a_new_one() {
        let closed = |at: &str| Found { closed: Some(at.parse().unwrap()), ..found(State::Done) };
        let cases = [
            (closed("2026-11-21T10:00:00Z"), Step::Reopen),
            (closed("2026-11-01T10:00:00Z"), Step::Create),
            (found(State::Done), Step::Create),
        ];
        for (found, expected) in cases {
            assert_eq!(next(News::Broken, &memory(0), Some(&found)), expected, "{found:?}");
        }
        let ours = Memory { closed: Some(now()), reopened: 9, ..memory(0) };
        assert_eq!(next(News::Broken, &ours, Some(&found(State::Done))), Step::Reopen, "closed by us, not by people");
    }

    #[test]
    fn what_people_closed_twice_stays_closed() {
        let closed = Found { closed: Some(now()), ..found(State::Done) };
        assert_eq!(next(News::Broken, &memory(0), Some(&closed)), Step::Reopen);
        assert_eq!(next(News::Broken, &Memory { reopened: 1, ..memory(0) }, Some(&closed)), Step::Create);
    }

    #[test]
    fn hands_off_means_nothing_at_all() {
        for state in [State::Open, State::Taken, State::Done] {
            let silenced = Found { silenced: true, ..found(state) };
            for news in [News::Broken, News::Healed] {
                assert_eq!(next(news, &memory(9), Some(&silenced)), Step::Silence);
            }
            assert_eq!(raised(&draft(News::Broken), &memory(9), &silenced), None);
        }
    }

    #[test]
    fn the_last_repeat_in_full_says_that_it_is_the_last() {
        let text = |count| format!("{:?}", note(&draft(News::Broken), Why::Again, count, Severity::Low).body);
        assert!(text(5).contains("10, 20, 50") && !text(4).contains("10, 20, 50"));
    }
}
