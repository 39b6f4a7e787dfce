//! Frames: the format of entries in the file, and detection of damage.
//!
//! A frame is a mark, the payload's length, a CRC-32 of length and payload, and the
//! payload. The mark lets a reader find the next frame after damaged bytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Begins every frame; the last byte is the version of the format.
const MARK: [u8; 4] = [0xB5, b'r', b'm', 1];
/// Bytes before the payload.
const HEAD: usize = 12;
/// Maximum length of a payload; a larger one is damage.
const LONGEST: usize = 1 << 28;
/// Bytes read at once.
const BLOCK: usize = 1 << 20;

fn checksum(length: [u8; 4], payload: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize().to_le_bytes()
}

/// Appends to `buffer` a frame whose payload `write` appends; returns the frame's length.
pub(super) fn push(buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> usize {
    let start = buffer.len();
    buffer.extend_from_slice(&MARK);
    buffer.extend_from_slice(&[0; 8]);
    write(buffer);
    let length = ((buffer.len() - start - HEAD) as u32).to_le_bytes();
    let sum = checksum(length, &buffer[start + HEAD..]);
    buffer[start + 4..start + 8].copy_from_slice(&length);
    buffer[start + 8..start + HEAD].copy_from_slice(&sum);
    buffer.len() - start
}

/// What some bytes begin with.
enum Parsed {
    /// A sound frame with a payload of this length.
    Sound(usize),
    /// Too few bytes to decide: this many are needed.
    Needs(usize),
    /// No frame.
    Broken,
}

fn parse(bytes: &[u8]) -> Parsed {
    let seen = bytes.len().min(MARK.len());
    if bytes[..seen] != MARK[..seen] {
        return Parsed::Broken;
    }
    let Some(head) = bytes.first_chunk::<HEAD>() else { return Parsed::Needs(HEAD) };
    let length = [head[4], head[5], head[6], head[7]];
    let payload = u32::from_le_bytes(length) as usize;
    if payload > LONGEST {
        return Parsed::Broken;
    }
    match bytes.get(HEAD..HEAD + payload) {
        None => Parsed::Needs(HEAD + payload),
        Some(content) if checksum(length, content) == head[8..HEAD] => Parsed::Sound(payload),
        Some(_) => Parsed::Broken,
    }
}

/// Damaged bytes, followed by sound entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Offset of the first damaged byte in the file.
    pub offset: u64,
    /// Number of damaged bytes.
    pub length: u64,
}

/// What a pass over a file found apart from its sound frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// End of the last sound frame.
    pub(super) end: u64,
    /// Bytes after it: an entry that was being written when the process or the machine died.
    pub(super) torn: u64,
    /// Damage before it.
    pub(super) damage: Vec<Damage>,
}

/// Reads single frames; fastest in about the order of the file.
pub(super) struct Reader<F = File> {
    file: F,
    bytes: Vec<u8>,
    /// Where `bytes` begins in the file.
    offset: u64,
}

/// Bytes to keep before a frame: frames are read in plan order but stored in order of completion.
const BEHIND: u64 = (BLOCK / 4) as u64;

impl<F: Read + Seek> Reader<F> {
    pub(super) fn new(file: F) -> Self {
        Self { file, bytes: Vec::new(), offset: 0 }
    }

    /// The bytes read so far from `offset` on; empty if `offset` is outside the block.
    fn rest(&self, offset: u64) -> &[u8] {
        let at = offset.checked_sub(self.offset).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.bytes.get(at..)).unwrap_or_default()
    }

    fn fill(&mut self, from: u64, length: usize) -> io::Result<()> {
        self.offset = from;
        self.bytes.clear();
        self.file.seek(SeekFrom::Start(from))?;
        self.file.by_ref().take(length as u64).read_to_end(&mut self.bytes)?;
        Ok(())
    }

    /// Parses the frame at `offset`; if bytes are missing, reads a block starting `before` bytes earlier.
    fn frame(&mut self, offset: u64, before: u64) -> io::Result<Parsed> {
        for from in [offset.saturating_sub(before), offset] {
            match parse(self.rest(offset)) {
                Parsed::Needs(length) => self.fill(from, length.max(BLOCK))?,
                known => return Ok(known),
            }
        }
        Ok(parse(self.rest(offset)))
    }

    /// The payload of the frame at `offset`.
    pub(super) fn payload(&mut self, offset: u64) -> io::Result<&[u8]> {
        let Parsed::Sound(length) = self.frame(offset, BEHIND)? else {
            let message = format!("the entry at offset {offset} has changed since it was checked");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        };
        Ok(&self.rest(offset)[HEAD..HEAD + length])
    }
}

/// Reads all sound frames from `start` on. `each` gets a frame's offset and payload, and returns whether
/// it could read the payload.
pub(super) fn scan(
    file: &mut File,
    start: u64,
    each: &mut dyn FnMut(u64, &[u8]) -> bool,
) -> io::Result<Scan> {
    let mut reader = Reader::new(file);
    let mut found = Scan { end: start, ..Scan::default() };
    let mut here = start;
    loop {
        if let Parsed::Sound(length) = reader.frame(here, 0)?
            && each(here, &reader.rest(here)[HEAD..HEAD + length])
        {
            if here > found.end {
                found.damage.push(Damage { offset: found.end, length: here - found.end });
            }
            here += (HEAD + length) as u64;
            found.end = here;
            continue;
        }
        // Skip to the next byte that may begin a frame.
        let rest = reader.rest(here);
        if rest.is_empty() {
            break;
        }
        here += 1 + rest[1..].iter().position(|b| *b == MARK[0]).unwrap_or(rest.len() - 1) as u64;
    }
    found.torn = here - found.end;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn read(bytes: &[u8]) -> (Vec<(u64, Vec<u8>)>, Scan) {
        let mut frames = Vec::new();
        let scan = scan(&mut file(bytes), 0, &mut |offset, payload| {
            frames.push((offset, payload.to_vec()));
            true
        });
        (frames, scan.unwrap())
    }

    fn three() -> (Vec<u8>, Vec<(u64, Vec<u8>)>) {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        // The middle payload holds marks of its own.
        for payload in [b"first".to_vec(), MARK.repeat(3), vec![7; 40]] {
            let offset = bytes.len() as u64;
            push(&mut bytes, |b| b.extend_from_slice(&payload));
            expected.push((offset, payload));
        }
        (bytes, expected)
    }

    #[test]
    fn frames_come_back_and_a_cut_loses_only_the_last() {
        let (bytes, expected) = three();
        for cut in 0..=bytes.len() {
            let (frames, scan) = read(&bytes[..cut]);
            let whole = expected.iter().take_while(|(o, p)| *o as usize + HEAD + p.len() <= cut);
            assert_eq!(frames, whole.cloned().collect::<Vec<_>>(), "cut at {cut}");
            assert!(scan.damage.is_empty());
            assert_eq!(scan.end + scan.torn, cut as u64);
        }
    }

    #[test]
    fn every_flipped_bit_is_found_and_costs_one_frame() {
        let (bytes, expected) = three();
        for bit in 0..8 * bytes.len() {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let (frames, scan) = read(&bad);
            let hit = expected.iter().rposition(|(o, _)| *o as usize <= bit / 8).unwrap();
            let mut others = expected.clone();
            let lost = others.remove(hit);
            assert_eq!(frames, others, "bit {bit}");
            let length = (HEAD + lost.1.len()) as u64;
            if hit == 2 {
                assert_eq!((scan.torn, scan.damage.len()), (length, 0));
            } else {
                assert_eq!(scan.damage, [Damage { offset: lost.0, length }]);
            }
        }
    }

    #[test]
    fn long_files_are_read_in_pieces_and_out_of_order() {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for i in 0..3000_usize {
            let payload = vec![i as u8; i % 4099];
            expected.push((bytes.len() as u64, payload.clone()));
            push(&mut bytes, |b| b.extend_from_slice(&payload));
        }
        assert!(bytes.len() > 4 * BLOCK);
        let (frames, scan) = read(&bytes);
        assert_eq!((frames.len(), scan.torn, scan.damage.len()), (3000, 0, 0));
        assert!(frames == expected);
        let mut reader = Reader::new(file(&bytes));
        for i in 0..3000 {
            let (offset, payload) = &expected[(i * 1237) % 3000];
            assert_eq!(reader.payload(*offset).unwrap(), payload);
        }
        assert!(reader.payload(1).is_err());
    }
}
