//! Permission for configs to execute commands.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use remeasure_external::{self as external, Terms};
use remeasure_harness::config::Resolved;

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Permission {
    /// Let the config start the programs that it names (estimators and problems of kind `command`)
    #[arg(long)]
    allow_commands: bool,
}

/// The file with the configs that may execute commands: a line with SHA-256 and name for each, as sha256sum writes it.
fn trust_file() -> Option<PathBuf> {
    let given = |key: &str| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = given("XDG_CONFIG_HOME").or_else(|| Some(given("HOME")?.join(".config")))?;
    Some(folder.join("remeasure").join("trusted"))
}

/// Whether the trust file has the config's digest.
fn is_trusted(digest: &str) -> bool {
    let text = trust_file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().any(|line| line.split_whitespace().next() == Some(digest))
}

impl Permission {
    /// The option, for another command line.
    pub(super) fn option(self) -> Option<&'static str> {
        self.allow_commands.then_some("--allow-commands")
    }

    /// Refuses a config with commands that are not allowed; returns whether it has any. Executes nothing, and allows
    /// nothing yet.
    ///
    /// # Errors
    /// It has some, and they are not allowed.
    pub(super) fn check(self, resolved: &Resolved) -> Result<bool> {
        let commands = resolved.commands();
        if commands.is_empty() {
            return Ok(false);
        }
        // The text that was read, not the file as it is now; what a folder of results says of itself is not trusted.
        let digest = resolved.digest_of_file();
        if self.allow_commands || digest.is_some_and(is_trusted) {
            return Ok(true);
        }
        let list: String = commands.iter().map(|command| format!("  {command}\n")).collect();
        let for_good = match (trust_file(), digest) {
            (Some(trusted), Some(digest)) => format!(
                ", or, as long as the config stays as it is, add this line to {}:\n{digest}  {}",
                trusted.display(),
                resolved.file.display()
            ),
            _ => String::new(),
        };
        bail!(
            "{} would execute commands:\n{list}If you trust it and the files it starts, add --allow-commands{for_good}",
            resolved.experiment
        )
    }

    /// Allows the commands of a config, or refuses them, and records the versions of its programs.
    ///
    /// # Errors
    /// It has some, and they are not allowed; or a version cannot be found out.
    pub(super) fn grant(self, resolved: &mut Resolved) -> Result<()> {
        if self.check(resolved)? {
            external::allow(Terms::default());
            resolved.record_versions()?;
        }
        Ok(())
    }
}
