//! Whether tables and figures are what records and config give.
//!
//! A file is *current* when it is as it was written, and when records, config and its own
//! specification are still those that it was made from. The chain holds without the records, too: a
//! published folder's figures name the digest of the records that its manifest names.

mod folder;
mod redraw;

use std::path::PathBuf;

pub use folder::{PUBLISHED, verify_baseline, verify_file, verify_run};
pub use redraw::redraw;

/// What is wrong with a file; the words stand in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Not as it was written.
    Altered,
    /// The manifest lists it, and it is gone.
    Missing,
    /// It carries no stamp.
    Unstamped,
    /// Made from other records.
    Records,
    /// Measured with another config than the present one.
    Config,
    /// The present config shows it otherwise.
    Specification,
    /// A file that the problem reads has other contents now.
    Inputs,
    /// The present config does not have it any more.
    Orphan,
    /// The manifest does not list it.
    Unlisted,
    /// Made again from the records it comes out otherwise.
    Differs,
}

impl Fault {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Unstamped => "unstamped",
            Self::Records => "stale records",
            Self::Config => "stale config",
            Self::Specification => "stale specification",
            Self::Inputs => "stale inputs",
            Self::Orphan => "orphan",
            Self::Unlisted => "unlisted",
            Self::Differs => "differs when redrawn",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The file, from its folder.
    pub file: String,
    /// What is wrong with it.
    pub fault: Fault,
    /// More about it; may be empty.
    pub detail: String,
}

impl Flaw {
    fn new(file: &str, fault: Fault, detail: impl Into<String>) -> Self {
        Self { file: file.to_owned(), fault, detail: detail.into() }
    }
}

/// What was looked at in a folder, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The folder, or a file by itself.
    pub folder: PathBuf,
    /// How many files were looked at.
    pub files: usize,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
    /// Everything that is wrong.
    pub flaws: Vec<Flaw>,
    /// The command that makes it right.
    pub mend: String,
}
