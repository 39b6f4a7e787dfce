//! The provenance of a run's numbers, written once per run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::digest;

/// File name of a run's manifest.
pub const MANIFEST: &str = "manifest.toml";

/// The identity of the code that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Version of remeasure.
    pub version: String,
    /// Commit it was built from; `unknown` outside a repository.
    pub commit: String,
    /// Whether the sources differed from that commit.
    pub dirty: bool,
    /// Compiler.
    pub rustc: String,
    /// Target triple.
    pub target: String,
    /// The first 16 hex digits of the SHA-256 of the program's file. It distinguishes different builds of
    /// a commit, and programs that use remeasure as a library.
    #[serde(default)]
    pub binary: String,
}

/// What is known only when a program is built. It is passed at run time, so that after a commit only the
/// program itself is rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Build {
    /// Version of remeasure.
    pub version: &'static str,
    /// Commit; `unknown` outside a repository.
    pub commit: &'static str,
    /// Whether the sources differed from that commit.
    pub dirty: bool,
    /// Compiler.
    pub rustc: &'static str,
    /// Target triple.
    pub target: &'static str,
}

impl Build {
    /// The build of a program that did not declare it.
    const UNKNOWN: Self = Self {
        version: env!("CARGO_PKG_VERSION"),
        commit: "unknown",
        dirty: false,
        rustc: "unknown",
        target: "unknown",
    };
}

static BUILD: OnceLock<Build> = OnceLock::new();

/// Declares the build of this program; only the first call counts.
pub fn declare_build(build: Build) {
    let _ = BUILD.set(build);
}

/// The digest of this program's own file, read once.
fn binary_digest() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| {
        let digest = || -> std::io::Result<String> {
            let mut hash = Sha256::new();
            std::io::copy(&mut std::fs::File::open(std::env::current_exe()?)?, &mut hash)?;
            Ok(digest::short(hash))
        };
        digest().unwrap_or_else(|_| "unknown".to_owned())
    })
}

impl Code {
    /// The code of this binary.
    #[must_use]
    pub fn of_this_binary() -> Self {
        let build = BUILD.get().unwrap_or(&Build::UNKNOWN);
        Self {
            version: build.version.to_owned(),
            commit: build.commit.to_owned(),
            dirty: build.dirty,
            rustc: build.rustc.to_owned(),
            target: build.target.to_owned(),
            binary: binary_digest().to_owned(),
        }
    }

    /// The differences between `before` and this code; empty if it is the same program.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        if self.binary == before.binary && self.binary != "unknown" {
            return Vec::new();
        }
        let short = |c: &Self| {
            let commit = c.commit.get(..10).unwrap_or(&c.commit).to_owned();
            if c.dirty { commit + " with changes" } else { commit }
        };
        let pairs = [
            ("version", before.version.clone(), self.version.clone()),
            ("commit", short(before), short(self)),
            ("compiler", before.rustc.clone(), self.rustc.clone()),
            ("target", before.target.clone(), self.target.clone()),
            ("program file", before.binary.clone(), self.binary.clone()),
        ];
        let differing = pairs.into_iter().filter(|(_, a, b)| a != b);
        differing.map(|(what, a, b)| format!("{what}: {a} → {b}")).collect()
    }

    /// `remeasure 0.1.0, commit 1234abcd (with changes)`.
    #[must_use]
    pub fn short(&self) -> String {
        let commit = self.commit.get(..10).unwrap_or(&self.commit);
        let dirty = if self.dirty { " (with changes)" } else { "" };
        format!("remeasure {}, commit {commit}{dirty}", self.version)
    }
}

/// The machine a run was made on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hardware {
    /// Processor model, or `unknown`.
    pub processor: String,
    /// Number of threads that the process may use.
    pub threads: usize,
    /// Operating system and architecture.
    pub system: String,
}

impl Hardware {
    /// This machine.
    #[must_use]
    pub fn here() -> Self {
        let model = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        });
        Self {
            processor: model.unwrap_or_else(|| "unknown".to_owned()),
            threads: std::thread::available_parallelism().map_or(1, Into::into),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        }
    }
}

/// Everything about a run that is not a measured number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The command line.
    pub command: String,
    /// Number of threads; the numbers do not depend on it.
    pub jobs: usize,
    /// Whole path of the config file; empty if the config comes with the program.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub config_file: String,
    /// `--only` patterns.
    pub only: Vec<String>,
    /// When the run started, UTC.
    pub started: String,
    /// When it finished, UTC; it may have been interrupted and resumed in between.
    pub finished: String,
    /// Number of trials.
    pub trials: usize,
    /// Hash of everything in the config that can change a number.
    pub config_hash: String,
    /// The profile that the config was resolved with.
    pub profile: String,
    /// The code.
    pub code: Code,
    /// Digest of the records and outcomes that the files were made from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub records: String,
    /// Other code that measured some of the trials (`--mix`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_code: Vec<Code>,
    /// The machine.
    pub hardware: Hardware,
    /// Files that the problem read, with the SHA-256 of their contents.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Its tables, figures and reports, with digests of their contents.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The whole resolved config.
    pub config: toml::Table,
}

/// The present time, UTC, to the second.
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

impl Manifest {
    /// Reads the manifest of the run in `folder`.
    ///
    /// # Errors
    /// If there is no run, or this version cannot read the manifest.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("no finished run in {}", folder.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Writes it into `folder`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        super::files::write_atomic(&folder.join(MANIFEST), toml::to_string(self)?.as_bytes())
    }

    /// A line that traces a table or figure back to its run.
    #[must_use]
    pub fn trace(&self) -> String {
        format!("{}, config {}, profile {}", self.code.short(), self.config_hash, self.profile)
    }
}
