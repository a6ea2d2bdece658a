//! The command line.
//!
//! Comes in: words. Goes out: one command with its arguments. Never: a file opened or a call made.

use clap::{Parser, Subcommand};

use crate::{CliError, Exit, check, completions, draw, examples, explain, iam, new, plan, resume, run, test, ticket};

/// Checks, plans and runs runbooks (SSM Automation documents, schema 0.3) from this machine, on your AWS account
#[derive(Debug, Parser)]
#[command(name = "kintsugi", version, max_term_width = 100, after_help = NOTES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What stands under `kintsugi --help`. Wrapped by hand, for 80 columns.
const NOTES: &str = "\
From nothing to a run:
  kintsugi new replace-host --from instance
  kintsugi check replace-host.yaml
  kintsugi draw replace-host.yaml -o replace-host.svg
  kintsugi explain replace-host.yaml
  kintsugi test replace-host.yaml
  kintsugi plan replace-host.yaml --param InstanceId=i-0123456789abcdef0
  kintsugi run replace-host.yaml --param InstanceId=i-0123456789abcdef0

Credentials, Region and endpoints come from where the AWS CLI takes them
(AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, ...). AWS's service models come from
KINTSUGI_MODELS, or from .local/models/models.pack in this folder or one above,
where `make models` puts them.

Exit codes:
  0    done; for a run: Success
  1    the runbook has errors, a case failed, a run did not end in Success, or
       tickets cannot be opened
  2    nothing was begun
  3    the run waits for a person; `kintsugi resume` says what was decided
  130  left by a second Ctrl-C; the run can be resumed";

/// One file each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Begin a runbook from a template, with its cases
    New(new::Args),
    /// Say all that is wrong with runbooks
    Check(check::Args),
    /// Draw the flow of runbooks: steps, branches, loops, ways back
    Draw(draw::Args),
    /// Say in sentences what a runbook does
    Explain(explain::Args),
    /// Run a runbook's cases against a fake account
    Test(test::Args),
    /// Show what a run would do: reads for real, changes nothing
    #[command(after_help = examples::PLAN)]
    Plan(plan::Args),
    /// Run a runbook, after asking; survives Ctrl-C, a crash and kill -9
    #[command(after_help = examples::RUN)]
    Run(run::Args),
    /// Go on with a run where it was
    #[command(after_help = examples::RESUME)]
    Resume(resume::Args),
    /// Print the IAM policy that runbooks need
    #[command(after_help = examples::IAM)]
    Iam(iam::Args),
    /// Look whether tickets can be opened
    #[command(subcommand)]
    Ticket(ticket::What),
    /// Print a script that completes commands in a shell
    Completions(completions::Args),
}

impl Command {
    /// Carries the command out.
    ///
    /// # Errors
    /// Why it could not be begun, or not be ended.
    pub async fn run(self) -> Result<Exit, CliError> {
        match self {
            Self::New(args) => new::run(&args),
            Self::Check(args) => check::run(&args),
            Self::Draw(args) => draw::run(&args),
            Self::Explain(args) => explain::run(&args),
            Self::Test(args) => test::run(&args).await,
            Self::Plan(args) => plan::run(&args).await,
            Self::Run(args) => run::run(&args).await,
            Self::Resume(args) => resume::run(&args).await,
            Self::Iam(args) => iam::run(&args),
            Self::Ticket(what) => ticket::run(&what).await,
            Self::Completions(args) => Ok(completions::run(&args)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn help(of: &[&str]) -> String {
        let mut command = Cli::command().term_width(80);
        command.build();
        let command = of.iter().fold(&mut command, |command, name| command.find_subcommand_mut(name).unwrap());
        command.render_help().to_string()
    }

    #[test]
    fn arguments_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_says_what_there_is() {
        insta::assert_snapshot!("help", help(&[]));
        for command in
            ["new", "check", "draw", "explain", "test", "plan", "run", "resume", "iam", "ticket", "completions"]
        {
            insta::assert_snapshot!(format!("help_{command}"), help(&[command]));
        }
        insta::assert_snapshot!("help_ticket_test", help(&["ticket", "test"]));
    }
}
