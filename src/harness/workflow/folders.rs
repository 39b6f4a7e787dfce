//! Finding runs and their shards on the disk.

use std::path::{Path, PathBuf};

use crate::journal::JOURNAL;
use crate::run::Shard;
use anyhow::{Context, Result};

/// The folder within a run's in which its shards lie.
const SHARDS: &str = "shards";

/// The folder of one share of a run.
#[must_use]
pub fn shard_folder(run: &Path, shard: Shard) -> PathBuf {
    shards_folder(run).join(format!("{}-of-{}", shard.index, shard.of))
}

/// The folder in which the shards of a run lie.
#[must_use]
pub fn shards_folder(run: &Path) -> PathBuf {
    run.join(SHARDS)
}

/// The share that a folder's name says.
#[must_use]
pub fn named_shard(folder: &Path) -> Option<Shard> {
    folder.file_name()?.to_str()?.replacen("-of-", "/", 1).parse().ok()
}

/// The run that a shard's folder lies in.
#[must_use]
pub fn run_of_shard(folder: &Path) -> Option<&Path> {
    let shards = folder.parent()?;
    if shards.file_name()? == SHARDS { shards.parent() } else { None }
}

/// Whether a run's folder has shards in it.
fn has_shards(folder: &Path) -> bool {
    folder.join(SHARDS).is_dir()
}

/// All folders with a journal, `folder` itself or below it, by name; shards `2-of-10` before `10-of-10`.
///
/// # Errors
/// A folder that cannot be read.
pub fn journals(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    if folder.join(JOURNAL).is_file() {
        found.push(folder.to_path_buf());
    }
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        // A link could lead round in a circle.
        if entry.file_type().with_context(cannot)?.is_dir() {
            below.push(entry.path());
        }
    }
    below.sort_by_cached_key(|path| (named_shard(path).map(|s| (s.of, s.index)), path.clone()));
    for path in below {
        found.extend(journals(&path)?);
    }
    Ok(found)
}

/// The shards' folders that `folder` stands for: itself, or those below it, but not a run's own
/// journal beside its shards.
///
/// # Errors
/// A folder that cannot be read.
pub fn shards(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = journals(folder)?;
    found.retain(|f| !has_shards(f));
    Ok(found)
}
