//! Short digests of texts and files: the first 16 hex digits of a SHA-256.

use std::io;
use std::path::Path;

use remeasure_core::digest::hex;
use sha2::{Digest, Sha256};

/// The first 16 hex digits of a hash.
#[must_use]
pub fn short(hash: Sha256) -> String {
    hex(&hash.finalize()[..8])
}

/// Short SHA-256 digest of `bytes`.
#[must_use]
pub fn of_bytes(bytes: &[u8]) -> String {
    short(Sha256::new_with_prefix(bytes))
}

/// Short digest of a text file. It ignores the kind of line ends, which version control may change.
#[must_use]
pub fn of_text(bytes: &[u8]) -> String {
    let plain: Vec<u8> = bytes.iter().copied().filter(|b| *b != b'\r').collect();
    of_bytes(&plain)
}

/// Short digest of several files in order.
///
/// # Errors
/// If a file cannot be read.
pub fn of_files<'a>(paths: impl IntoIterator<Item = &'a Path>) -> io::Result<String> {
    let mut hash = Sha256::new();
    for path in paths {
        let mut file = std::fs::File::open(path)?;
        // With the length, moving bytes from one file to the next changes the digest.
        hash.update(file.metadata()?.len().to_le_bytes());
        io::copy(&mut file, &mut hash)?;
    }
    Ok(short(hash))
}

/// SHA-256 of a file, with all 64 hex digits.
///
/// # Errors
/// If the file cannot be read.
pub fn whole_file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut std::fs::File::open(path)?, &mut hash)?;
    Ok(hex(&hash.finalize()))
}
