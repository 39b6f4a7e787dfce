//! Finds runs and their shards on disk.

use std::path::{Path, PathBuf};

use crate::journal::JOURNAL;
use crate::run::Shard;
use anyhow::{Context, Result};

/// Subfolder of a run's folder for its shards.
const SHARDS: &str = "shards";

/// The folder of one shard of a run.
#[must_use]
pub fn shard_folder(run: &Path, shard: Shard) -> PathBuf {
    shards_folder(run).join(format!("{}-of-{}", shard.index, shard.of))
}

/// The folder that contains the shards of a run.
#[must_use]
pub fn shards_folder(run: &Path) -> PathBuf {
    run.join(SHARDS)
}

/// The shard given by a folder's name, such as `2-of-7`.
#[must_use]
pub fn named_shard(folder: &Path) -> Option<Shard> {
    folder.file_name()?.to_str()?.replacen("-of-", "/", 1).parse().ok()
}

/// The run's folder that contains a shard's folder.
#[must_use]
pub fn run_of_shard(folder: &Path) -> Option<&Path> {
    let shards = folder.parent()?;
    if shards.file_name()? == SHARDS { shards.parent() } else { None }
}

/// Whether a run's folder contains shards.
fn has_shards(folder: &Path) -> bool {
    folder.join(SHARDS).is_dir()
}

/// All folders with a journal, from `folder` downwards, sorted by name; shard `2-of-10` before `10-of-10`.
///
/// # Errors
/// If a folder cannot be read.
pub fn journals(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    if folder.join(JOURNAL).is_file() {
        found.push(folder.to_path_buf());
    }
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        // Links are not followed: they could form a cycle.
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

/// The folders of shards in `folder`: itself or those below it, without a run's own journal next to its
/// shards.
///
/// # Errors
/// If a folder cannot be read.
pub fn shards(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = journals(folder)?;
    found.retain(|f| !has_shards(f));
    Ok(found)
}
