//! The real function with one provider, and the life of a ticket there.

use std::collections::BTreeMap;

use open_ticket::{Answer, Decision, OpenTicket, decide};
use serde_json::{Value, json};
use shared::aws::Services;
use shared::ticket::{Check, Filed, Ticket, Tickets};

use super::records::{failed, failed_of, remediated};
use super::{Local, invoke};

/// A test's function.
pub(crate) struct Office {
    pub(crate) local: Local,
    services: Services,
    function: OpenTicket,
}

impl Office {
    /// `None` where the counterparts are not installed.
    pub(crate) async fn open(secret: &Value, vars: &[(&str, &str)]) -> Option<Self> {
        let local = Local::start().await?;
        let reference = local.secret(secret).await;
        Some(Self::over(local, &[vars, &[("KINTSUGI_TICKET_CREDENTIALS", reference.as_str())]].concat()))
    }

    pub(crate) fn over(local: Local, vars: &[(&str, &str)]) -> Self {
        let own =
            [("KINTSUGI_TICKET_QUEUE_URL", local.waiting.as_str()), ("KINTSUGI_TEST_WEBHOOKS_TO_LOOPBACK", "true")];
        let services = local.services(&[vars, &own].concat());
        let function = OpenTicket::new(&services);
        Self { local, services, function }
    }

    pub(crate) async fn tell(&self, execution: &str, event: &Value) -> Answer {
        invoke(&self.function, &self.services, execution, event).await.unwrap()
    }

    pub(crate) async fn ticket(&self, execution: &str, event: &Value) -> Ticket {
        match self.tell(execution, event).await {
            Answer::Ticketed { ticket } => ticket,
            other => panic!("{other:?}"),
        }
    }

    /// Why it could not be told.
    pub(crate) async fn refusal(&self, execution: &str, event: &Value) -> String {
        shared::telemetry::chain(&invoke(&self.function, &self.services, execution, event).await.unwrap_err())
    }

    /// Puts another secret where the credentials are, as whoever rotates them would.
    pub(crate) async fn rotate(&self, secret: &Value) {
        let put = json!({"SecretId": self.local.name, "SecretString": secret.to_string()});
        self.services.call("secretsmanager", "PutSecretValue", put).await.unwrap();
    }

    /// What a look at the settings finds.
    pub(crate) async fn check(&self) -> Vec<Check> {
        let Decision::Open(draft) = decide(&failed("run-1"), &[], "run-1") else { panic!("a failure is a ticket") };
        Tickets::new(&self.services).check(&draft).await
    }

    /// One batch of what waits: its tickets, and how many wait on. What is done with is deleted, unless Lambda dies before.
    pub(crate) async fn deliver(&self, batch: &Value, deleted: bool) -> (Vec<Ticket>, usize) {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let Answer::Delivered { failures, tickets } = self.tell(&format!("delivery-{number}"), batch).await else {
            panic!("a batch is delivered");
        };
        let back: Vec<&str> = failures.iter().map(|failure| failure.message.as_str()).collect();
        for record in batch["Records"].as_array().unwrap().iter().filter(|_| deleted) {
            if !back.contains(&record["messageId"].as_str().unwrap()) {
                self.local.delete(record).await;
            }
        }
        (tickets, failures.len())
    }

    /// Delivers until nothing waits any more.
    pub(crate) async fn deliver_all(&self) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        for _ in 0..100 {
            let Some(batch) = self.local.batch().await else { return tickets };
            tickets.extend(self.deliver(&batch, true).await.0);
        }
        panic!("it waits for ever");
    }

    /// Told a hundred times, healed, back again: one ticket. `look` sees the provider after each part.
    pub(crate) async fn whole_life(&self, mut look: impl FnMut(&str)) {
        let first = self.ticket("run-1", &failed("run-1")).await;
        assert_eq!(first.filed, Filed::Created);
        look("opened");
        let mut repeats: BTreeMap<String, usize> = BTreeMap::new();
        for n in 2..=101 {
            let execution = format!("run-{n}");
            let again = self.ticket(&execution, &failed(&execution)).await;
            assert_eq!(again.id, first.id, "{execution}");
            *repeats.entry(format!("{:?}", again.filed)).or_default() += 1;
        }
        // In full five times, and the count at 10, 20, 50 and 100.
        assert_eq!(repeats, BTreeMap::from([("Commented".to_owned(), 9), ("Counted".to_owned(), 91)]));
        look("repeated");
        let story = [
            ("run-200", remediated("run-200"), Filed::Closed),
            ("run-201", remediated("run-201"), Filed::Unchanged),
            ("run-300", failed("run-300"), Filed::Reopened),
        ];
        for (execution, event, filed) in story {
            let ticket = self.ticket(execution, &event).await;
            assert_eq!((ticket.id.as_str(), ticket.filed), (first.id.as_str(), filed), "{execution}");
            look(execution);
        }
    }

    /// Ten deliveries of one fault at the same moment: one opens the ticket.
    pub(crate) async fn race(&self) {
        let events: Vec<(String, Value)> =
            (0..10).map(|n| format!("race-{n}")).map(|n| (n.clone(), failed(&n))).collect();
        let racing = events.iter().map(|(execution, event)| self.ticket(execution, event));
        let told = futures_util::future::join_all(racing).await;
        let count = |filed| told.iter().filter(|ticket| ticket.filed == filed).count();
        assert_eq!((count(Filed::Created), count(Filed::Commented), count(Filed::Counted)), (1, 5, 4), "{told:?}");
        assert!(told.iter().all(|ticket| ticket.id == told[0].id));
    }

    /// What is told while the desk is in trouble waits and is delivered once, whatever Lambda does twice.
    pub(crate) async fn outage(&self, trouble: impl Fn(bool)) {
        trouble(true);
        let answer = self.tell("run-1", &failed("run-1")).await;
        assert!(matches!(answer, Answer::Waits { .. }), "{answer:?}");
        let answer = self.tell("run-2", &remediated("run-2")).await;
        assert!(matches!(answer, Answer::Waits { .. }), "its end waits behind it: {answer:?}");
        let batch = self.local.batch().await.expect("both wait");
        let waiting = batch["Records"].as_array().unwrap().len();
        assert_eq!(self.deliver(&batch, true).await, (vec![], waiting), "still in trouble");
        trouble(false);
        let batch = self.local.batch().await.expect("none is lost");
        self.deliver(&batch, false).await;
        let mut filed: Vec<String> = Vec::new();
        let again = self.deliver(&batch, true).await.0;
        for ticket in again.into_iter().chain(self.deliver_all().await) {
            filed.push(format!("{:?}", ticket.filed));
        }
        assert!(!filed.contains(&"Created".to_owned()), "delivered twice, opened once: {filed:?}");
        assert_eq!(self.local.batch().await, None);
        assert_eq!(self.local.letter().await, None);
    }

    /// Twenty faults at once while the desk limits everybody: twenty tickets in the end.
    pub(crate) async fn storm(&self, trouble: impl Fn(bool)) {
        trouble(true);
        let faults: Vec<(String, Value)> =
            (0..20).map(|n| (format!("storm-{n}"), failed_of(&format!("{n:016x}"), &format!("storm-{n}")))).collect();
        let told = faults.iter().map(|(execution, fault)| self.tell(execution, fault));
        for answer in futures_util::future::join_all(told).await {
            assert!(matches!(answer, Answer::Waits { .. }), "{answer:?}");
        }
        trouble(false);
        let told = self.deliver_all().await;
        assert_eq!(told.iter().filter(|ticket| ticket.filed == Filed::Created).count(), 20);
        assert_eq!(self.local.letter().await, None);
    }
}
