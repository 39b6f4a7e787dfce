//! `completions` and `man`: what shells and manual readers want to know of the commands.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Cli;
use crate::output::out;

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    clap_complete::generate(args.shell, &mut command, name, &mut out());
    Ok(())
}

pub(super) fn man() -> Result<()> {
    Ok(clap_mangen::Man::new(Cli::command()).render(&mut out())?)
}
