//! Short digests of texts and files: the first 16 hex digits of a SHA-256.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// The first 16 hex digits.
#[must_use]
pub fn short(hash: Sha256) -> String {
    hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Of some bytes.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    short(Sha256::new_with_prefix(bytes))
}

/// Of a text file, whatever its line ends: version control may change them.
#[must_use]
pub fn of_text(bytes: &[u8]) -> String {
    let plain: Vec<u8> = bytes.iter().copied().filter(|b| *b != b'\r').collect();
    of_bytes(&plain)
}

/// Of files, one after the other.
///
/// # Errors
/// A file that cannot be read.
pub fn of_files<'a>(paths: impl IntoIterator<Item = &'a Path>) -> io::Result<String> {
    let mut hash = Sha256::new();
    for path in paths {
        let mut file = std::fs::File::open(path)?;
        // So that nothing can move from the end of one to the beginning of the next.
        hash.update(file.metadata()?.len().to_le_bytes());
        io::copy(&mut file, &mut hash)?;
    }
    Ok(short(hash))
}

/// All 64 hex digits, of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn whole_file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut std::fs::File::open(path)?, &mut hash)?;
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
