//! The demo: a small account with faults, real events, real binaries, and a verdict that the account itself gives.
//!
//! Comes in: a stack to be. Goes out: a story on the screen, and whether everything it claims is so.
//! Never: a claim that was not read back with plain API calls.

mod account;
mod acts;
mod claims;
mod error;
mod follow;
mod line;
mod narrate;
mod screen;
mod show;
mod tickets;

use account::Account;
use acts::Verdict;
pub use error::DemoError;
use screen::{Screen, Style};
use show::Show;
use tickets::Tickets;
use tokio::time::Instant;

use crate::stack::{Stack, StackConfig};

/// Shows the demo on standard output. `true` when every claim holds. `stay`: the pages of the tickets stay until somebody
/// ends it.
///
/// # Errors
/// [`DemoError`] when it could not be shown to its end.
pub async fn run(config: StackConfig, stay: bool) -> Result<bool, DemoError> {
    let screen = Screen::stdout();
    let begun = Instant::now();
    screen.gap();
    screen.title("Kintsugi", "faults of AWS resources, put right by runbooks; this machine only, no AWS account");
    let tickets = Tickets::start().await?;
    let stack = Stack::start(tickets.told(config)).await?;
    let show = Show::new(&stack, &screen, &tickets);
    Tickets::keep_credentials(&show.operator).await?;
    let account = Account::seed(&stack, &show.operator).await?;
    introduce(&show, &account, begun).await?;

    let mut verdict = Verdict::default();
    acts::observe(&show, &account, &mut verdict).await?;
    acts::enforce(&show)?;
    acts::resize(&show, &account, &mut verdict).await?;
    acts::bucket(&show, &account, &mut verdict).await?;
    acts::ssh(&show, &account, &mut verdict).await?;
    acts::no_capacity(&show, &account, &mut verdict).await?;
    let held = judge(&screen, &verdict, begun);
    if stay {
        screen.say(Style::Plain, &format!("The tickets stay at {} until Ctrl-C.", tickets.page()));
        std::future::pending::<()>().await;
    }
    Ok(held)
}

async fn introduce(show: &Show<'_>, account: &Account, begun: Instant) -> Result<(), DemoError> {
    let screen = show.screen;
    let seconds = begun.elapsed().as_secs_f64();
    screen.say(
        Style::Dim,
        "moto for AWS, AWS's own local runner of durable functions, Lambda's runtime API, the gateway, three functions.",
    );
    screen
        .say(Style::Dim, &format!("Started in {seconds:.1} s; logs while it runs: {}", show.stack.folder().display()));
    screen.say(Style::Dim, &format!("Tickets go to a desk that speaks Jira's API: {}", show.tickets.page()));
    screen.heading("The account");
    let mut rows = vec![["what", "name", "as it is"].map(str::to_owned).to_vec()];
    for machine in [&account.web, &account.batch] {
        let now = show.operator.see_machine(machine).await?;
        rows.push(vec![
            "instance".to_owned(),
            machine.name.to_owned(),
            format!("{}, {}, 92 % CPU", now.instance_type, now.state),
        ]);
    }
    rows.push(["bucket", account.bucket, "readable by everybody"].map(str::to_owned).to_vec());
    let ingress = show.operator.see_ingress(&account.group).await?.join(", ");
    rows.push(vec!["security group".to_owned(), account.group_name.to_owned(), ingress]);
    screen.table(&rows);
    Ok(())
}

fn judge(screen: &Screen, verdict: &Verdict, begun: Instant) -> bool {
    screen.heading("What was wrong, what was done");
    let mut rows = vec![["fault", "done", "time to remediate", "ticket"].map(str::to_owned).to_vec()];
    rows.extend(verdict.rows.iter().map(|row| row.to_vec()));
    screen.table(&rows);
    screen.heading("Read back with plain API calls, and from the gateway's journal");
    for claim in &verdict.claims {
        screen.check(claim.holds, &claim.text);
    }
    let held = verdict.claims.iter().all(|claim| claim.holds);
    screen.gap();
    let seconds = begun.elapsed().as_secs_f64();
    let (style, words) =
        if held { (Style::Gold, "Everything is as claimed") } else { (Style::Bad, "Not everything is as claimed") };
    screen.say(style, &format!("{words}. {seconds:.0} s."));
    held
}
