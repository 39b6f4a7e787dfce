//! Whether tables and figures are what records and config give.
//!
//! A file is *current* when it is as it was written, and when records, config and its own
//! specification are still those that it was made from. The chain holds without the records, too: a
//! published folder's figures name the digest of the records that its manifest names.

mod folder;
mod redraw;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::words::words;

pub use folder::{PUBLISHED, verify_baseline, verify_file, verify_run};
pub use redraw::redraw;

words! {
    /// What is wrong with a file; the words stand in the output.
    pub enum Fault {
        /// Not as it was written.
        Altered = "altered",
        /// The manifest lists it, and it is gone.
        Missing = "missing",
        /// It carries no stamp.
        Unstamped = "unstamped",
        /// Made from other records.
        Records = "stale records",
        /// Measured with another config than the present one.
        Config = "stale config",
        /// The present config shows it otherwise.
        Specification = "stale specification",
        /// A file that the problem reads has other contents now.
        Inputs = "stale inputs",
        /// The present config does not have it any more.
        Orphan = "orphan",
        /// The manifest does not list it.
        Unlisted = "unlisted",
        /// Made again from the records it comes out otherwise.
        Differs = "differs when redrawn",
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The folder, or a file by itself.
    #[serde(serialize_with = "shown")]
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

fn shown<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&path.display())
}

impl Checked {
    fn new(folder: &Path, files: usize) -> Self {
        Self { folder: folder.to_owned(), files, notes: Vec::new(), flaws: Vec::new(), mend: String::new() }
    }
}
