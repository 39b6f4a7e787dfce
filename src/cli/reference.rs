//! `help` and `schema`: explain commands and config keys.

use std::io::{IsTerminal, Write};

use anyhow::{Result, anyhow, bail};
use clap::{Args, CommandFactory};
use remeasure_core::hint;
use remeasure_harness::reference;
use remeasure_harness::registry::Registry;

use crate::Cli;
use crate::output::out;

#[derive(Debug, Args)]
pub(crate) struct HelpArgs {
    /// A command, or `config` for the keys of a config, or `config` and a section such as `figure` or `figure.line`
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
    /// With `config`: print all keys as Markdown (docs/reference.md)
    #[arg(long)]
    markdown: bool,
}

/// The widest text that is still easy to read.
const WIDEST: usize = 100;

fn width() -> usize {
    let columns = std::io::stdout().is_terminal().then(|| std::env::var("COLUMNS").ok()?.parse().ok());
    columns.flatten().unwrap_or(WIDEST).min(WIDEST)
}

/// Prints the help of a command, or the keys of a config.
pub(crate) fn help(registry: &Registry, args: &HelpArgs) -> Result<()> {
    let topic: Vec<&str> = args.topic.iter().map(String::as_str).collect();
    let text = match topic.as_slice() {
        ["config", section @ ..] => config(registry, section, args.markdown)?,
        _ if args.markdown => bail!("--markdown needs the topic `config`"),
        command => of_command(command)?,
    };
    Ok(out().write_all(text.as_bytes())?)
}

fn config(registry: &Registry, section: &[&str], markdown: bool) -> Result<String> {
    let sections = reference::sections(registry.families());
    match section {
        [] if markdown => Ok(reference::markdown(&sections)),
        [] => Ok(format!(
            "Sections of a config. `remeasure help config SECTION` explains the keys of one:\n\n{}",
            reference::contents(&sections)
        )),
        // `figure line` and `figure.line`.
        parts => {
            let name = parts.join(".");
            let found = reference::find(&sections, &name).map_err(|message| anyhow!(message))?;
            Ok(reference::text(&found, &sections, width()))
        }
    }
}

fn of_command(path: &[&str]) -> Result<String> {
    let mut command = Cli::command();
    command.build();
    let mut found = &mut command;
    for name in path {
        let names: Vec<String> = found
            .get_subcommands()
            .filter(|c| !c.is_hide_set())
            .map(|c| c.get_name().to_owned())
            .chain((found.get_name() == "remeasure").then(|| "config".to_owned()))
            .collect();
        found = match found.find_subcommand_mut(name) {
            Some(below) => below,
            None => bail!("{}", hint::unknown("topic", name, names.iter().map(String::as_str))),
        };
    }
    // What `COMMAND --help` prints.
    let words = std::iter::once(&"remeasure").chain(path).chain([&"--help"]);
    match Cli::command().try_get_matches_from(words) {
        Err(help) => Ok(help.to_string()),
        Ok(_) => bail!("no help on `{}`", path.join(" ")),
    }
}

/// Prints the JSON Schema of configs.
pub(crate) fn schema(registry: &Registry) -> Result<()> {
    let mut out = out();
    serde_json::to_writer_pretty(&mut out, &reference::json_schema(registry.families()))
        .map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}
