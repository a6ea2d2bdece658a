//! `kintsugi completions`: what a shell needs to complete commands and flags.
//!
//! Comes in: the shell. Goes out: a script for it. Never: a file of the shell's changed.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;

/// Arguments of `kintsugi completions`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  source <(kintsugi completions bash)
  kintsugi completions zsh > ~/.zfunc/_kintsugi
  kintsugi completions fish > ~/.config/fish/completions/kintsugi.fish";

pub(crate) fn run(args: &Args) -> Exit {
    clap_complete::generate(args.shell, &mut Cli::command(), "kintsugi", &mut io::stdout());
    Exit::Done
}
