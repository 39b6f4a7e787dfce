//! The folder that a program shares with the run.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Once;

use anyhow::{Context, Result};
use tempfile::TempDir;

/// How the names of all such folders begin; the namespace and the process id of the owner follow.
const PREFIX: &str = "remeasure-";

/// The namespace of process ids, as folders in memory may be shared by several; 0 if there are none.
fn namespace() -> String {
    let link = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let digits: String = link.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() { "0".to_owned() } else { digits }
}

/// Removes the folders that killed processes of this namespace have left.
fn sweep(memory: &Path, namespace: &str) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    for entry in std::fs::read_dir(memory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let parts: Vec<&str> =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default().split('-').collect();
        let [of, owner, _] = parts[..] else { continue };
        if of == namespace && owner.parse::<u32>().is_ok() && !Path::new("/proc").join(owner).exists() {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A private folder whose files stay open, so that writing them again costs no more than their bytes.
#[derive(Debug)]
pub(crate) struct Shared {
    folder: TempDir,
    files: BTreeMap<&'static str, (File, usize)>,
    buffer: Vec<u8>,
}

impl Shared {
    /// A folder in memory, where the system offers that.
    pub(crate) fn new() -> Result<Self> {
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        let namespace = namespace();
        let prefix = format!("{PREFIX}{namespace}-{}-", std::process::id());
        builder.prefix(&prefix);
        static SWEPT: Once = Once::new();
        SWEPT.call_once(|| sweep(memory, &namespace));
        let folder = match memory.is_dir() {
            true => builder.tempdir_in(memory).or_else(|_| builder.tempdir()),
            false => builder.tempdir(),
        };
        let folder = folder.context("cannot create a temporary folder")?;
        Ok(Self { folder, files: BTreeMap::new(), buffer: Vec::new() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The emptied buffer for what [`Shared::write`] writes.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        self.buffer.clear();
        &mut self.buffer
    }

    /// Writes the buffer into the file `name.npy` and returns the file's name.
    pub(crate) fn write(&mut self, name: &'static str) -> Result<String> {
        let file_name = format!("{name}.npy");
        let path = self.folder.path().join(&file_name);
        let cannot = || format!("cannot write {}", path.display());
        if !self.files.contains_key(name) {
            self.files.insert(name, (File::create(&path).with_context(cannot)?, 0));
        }
        if let Some((file, length)) = self.files.get_mut(name) {
            if *length > self.buffer.len() {
                file.set_len(self.buffer.len() as u64).with_context(cannot)?;
            }
            file.write_all_at(&self.buffer, 0).with_context(cannot)?;
            *length = self.buffer.len();
        }
        Ok(file_name)
    }
}
