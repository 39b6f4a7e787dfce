//! Lock file: only one process at a time may write into a run's folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Name of the lock file; it exists only while a run is in progress.
pub const LOCK: &str = "lock";

/// Held while a process writes into a folder; the system frees it when the process ends for any reason.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// Who holds the lock in `folder`, as that process wrote it: `process 123 on host`.
#[must_use]
pub fn holder(folder: &Path) -> Option<String> {
    let mut file = File::open(folder.join(LOCK)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text).ok()?;
            Some(if text.is_empty() { "another process".to_owned() } else { text.trim().to_owned() })
        }
        _ => None,
    }
}

fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let of = |m: std::fs::Metadata| (m.dev(), m.ino());
    matches!((file.metadata().map(of), std::fs::metadata(path).map(of)), (Ok(a), Ok(b)) if a == b)
}

impl Lock {
    /// Takes the lock of `folder`.
    ///
    /// # Errors
    /// If another process holds it (the message names the process), or the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(LOCK);
        let cannot = || format!("cannot write into {}", folder.display());
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = options.open(&path).with_context(cannot)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    // None: it has just been released.
                    let Some(who) = holder(folder) else { continue };
                    bail!(
                        "{who} is running in {}; wait for it, stop it, or give another --out",
                        folder.display()
                    );
                }
                Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
            }
            // The previous holder may have removed the file between opening and locking.
            if !same_file(&file, &path) {
                continue;
            }
            file.set_len(0).with_context(cannot)?;
            file.rewind().with_context(cannot)?;
            let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            let on = if host.trim().is_empty() { String::new() } else { format!(" on {}", host.trim()) };
            // The lock works without the text, so a full disk does not prevent a run from being resumed.
            let _ = writeln!(file, "process {}{on}", std::process::id());
            return Ok(Self { file, path });
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while still held, so that nobody can hold a file without a name.
        let _ = std::fs::remove_file(&self.path);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_gone_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let mine = format!("process {}", std::process::id());
        assert!(holder(folder.path()).unwrap().starts_with(&mine));
        let refusal = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(refusal.starts_with(&mine), "{refusal}");
        drop(first);
        assert_eq!(holder(folder.path()), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        // A file left by a killed process is not a lock.
        std::fs::write(folder.path().join(LOCK), "process 1 on nowhere\n").unwrap();
        assert_eq!(holder(folder.path()), None);
        Lock::take(folder.path()).unwrap();
    }
}
