//! The folder that a program shares with the run.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

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
        builder.prefix("remeasure-");
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
