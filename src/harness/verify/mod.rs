//! Checks that tables and figures are what records and config give.
//!
//! A file is *current* if it is unchanged, and if records, config and its own specification are still
//! those that it was made from. This can be checked without the records, too: a published folder's
//! figures name the digest of the records that its manifest names.

mod folder;
mod redraw;

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::words::words;

pub use folder::{PUBLISHED, verify_baseline, verify_file, verify_run};
pub use redraw::redraw;

words! {
    /// What is wrong with a file; the words are printed.
    pub enum Fault {
        /// It has changed since it was written.
        Altered = "altered",
        /// The manifest lists it, but it does not exist.
        Missing = "missing",
        /// It carries no stamp.
        Unstamped = "unstamped",
        /// It was made from other records.
        Records = "stale records",
        /// It was made with a config other than the present one.
        Config = "stale config",
        /// The present config specifies it differently.
        Specification = "stale specification",
        /// A file that the problem reads has changed.
        Inputs = "stale inputs",
        /// The present config no longer has it.
        Orphan = "orphan",
        /// The manifest does not list it.
        Unlisted = "unlisted",
        /// It comes out differently when redrawn from the records.
        Differs = "differs when redrawn",
    }
}

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// The file, relative to its folder.
    pub file: String,
    /// What is wrong with it.
    pub fault: Fault,
    /// Details; may be empty.
    pub detail: String,
}

impl Flaw {
    fn new(file: &str, fault: Fault, detail: impl Into<String>) -> Self {
        Self { file: file.to_owned(), fault, detail: detail.into() }
    }
}

/// What was checked in a folder, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The folder, or a single file.
    #[serde(serialize_with = "shown")]
    pub folder: PathBuf,
    /// Number of files checked.
    pub files: usize,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
    /// Everything that is wrong.
    pub flaws: Vec<Flaw>,
    /// The command that fixes it; may be empty.
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
