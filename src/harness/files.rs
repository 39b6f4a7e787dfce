//! Files and folders: atomic writing, and reading of files that may not exist.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::{Builder, NamedTempFile};

/// Prefix of temporary files.
const WRITING: &str = ".writing-";

/// Removes half-written files of a run that was killed, in `folder` and in the folders directly below it,
/// such as that of the figures.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<()> {
    remove_to_depth(folder, 1)
}

fn remove_to_depth(folder: &Path, depth: usize) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(WRITING) {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        } else if depth > 0 && entry.file_type()?.is_dir() {
            remove_to_depth(&path, depth - 1)?;
        }
    }
    Ok(())
}

/// A file that gets its name only when it is complete.
pub struct AtomicFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl AtomicFile {
    /// Opens a temporary file next to `path`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut builder = Builder::new();
        builder.prefix(WRITING);
        // The usual permissions rather than a temporary file's private ones.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file =
            builder.tempfile_in(folder).with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 16, file), path: path.to_owned() })
    }

    /// Writes the file's rest and renames it to its final name.
    ///
    /// # Errors
    /// If the disk is full, or the file of that name cannot be replaced.
    pub fn finish(self) -> Result<()> {
        let name = || format!("cannot write {}", self.path.display());
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error).with_context(name)?;
        file.persist(&self.path).map_err(|e| e.error).with_context(name)?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes `bytes` to `path` atomically.
///
/// # Errors
/// If the folder cannot be written, or the disk is full.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).with_context(|| format!("cannot write {}", path.display()))?;
    file.finish()
}

/// Creates a folder and its parents if they do not exist.
///
/// # Errors
/// If a folder cannot be created.
pub fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))
}

/// The text of a file; `None` if there is no such file.
///
/// # Errors
/// If the file cannot be read.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
