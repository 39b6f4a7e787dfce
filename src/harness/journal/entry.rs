//! Entries: the rows of one trial as bytes.

use std::time::Duration;

use remeasure_core::family::Outcome;
use remeasure_core::family::{FitRecord, Measurement};

/// First byte of a payload with a session.
pub(super) const SESSION: u8 = 1;
/// First byte of a payload with the rows of one trial.
pub(super) const TRIAL: u8 = 2;

/// Flag in a metric's index: a coordinate follows.
const AT_COORDINATE: u16 = 1 << 15;

/// The trial of an entry, and the session that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The session: config and code.
    pub(super) session: u64,
    /// The cell's identity.
    pub(super) cell: u64,
    /// Replicate within the cell.
    pub(super) replicate: u32,
}

const OK: u8 = 0;
const NOT_CONVERGED: u8 = 1;
const FAILED: u8 = 2;
const TIMED_OUT: u8 = 3;
const SKIPPED: u8 = 4;

/// Names for [`Stored::ending`].
pub(super) const ENDINGS: [&str; 5] = ["ok", "not converged", "failed", "timed out", "skipped"];

fn write_outcome(out: &mut Vec<u8>, outcome: &Outcome) {
    let (kind, text) = match outcome {
        Outcome::Ok => (OK, None),
        Outcome::NotConverged(message) => (NOT_CONVERGED, Some(message)),
        Outcome::Failed(message) => (FAILED, Some(message)),
        Outcome::TimedOut(_) => (TIMED_OUT, None),
        Outcome::Skipped(reason) => (SKIPPED, Some(reason)),
    };
    out.push(kind);
    if let Outcome::TimedOut(limit) = outcome {
        out.extend_from_slice(&(limit.as_nanos() as u64).to_le_bytes());
    }
    if let Some(text) = text {
        out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
}

/// Appends a row: outcome, fit seconds and numbers.
pub(crate) fn write_row(out: &mut Vec<u8>, row: &FitRecord) {
    write_outcome(out, &row.outcome);
    // −1 stands for no time.
    out.extend_from_slice(&row.seconds.unwrap_or(-1.0).to_le_bytes());
    out.extend_from_slice(&(row.measured.len() as u32).to_le_bytes());
    for measured in &row.measured {
        let flag = if measured.coordinate.is_some() { AT_COORDINATE } else { 0 };
        out.extend_from_slice(&(measured.metric | flag).to_le_bytes());
        if let Some(coordinate) = measured.coordinate {
            out.extend_from_slice(&coordinate.to_le_bytes());
        }
        out.extend_from_slice(&measured.value.to_le_bytes());
    }
}

/// Appends a trial's entry: rows with the identities of their estimators.
pub(super) fn write_trial<'r>(
    out: &mut Vec<u8>,
    key: Key,
    rows: impl ExactSizeIterator<Item = (u64, &'r FitRecord)>,
) {
    out.push(TRIAL);
    out.extend_from_slice(&key.session.to_le_bytes());
    out.extend_from_slice(&key.cell.to_le_bytes());
    out.extend_from_slice(&key.replicate.to_le_bytes());
    out.extend_from_slice(&(rows.len() as u16).to_le_bytes());
    for (estimator, row) in rows {
        out.extend_from_slice(&estimator.to_le_bytes());
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        write_row(out, row);
        let length = (out.len() - start - 4) as u32;
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }
}

/// Reads values from the front of a byte slice.
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(first)
    }

    fn u8(&mut self) -> Option<u8> {
        self.chunk().map(|[b]| b)
    }

    fn u16(&mut self) -> Option<u16> {
        self.chunk().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.chunk().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.chunk().map(u64::from_le_bytes)
    }

    fn f64(&mut self) -> Option<f64> {
        self.chunk().map(f64::from_le_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = self.u32()? as usize;
        String::from_utf8(self.bytes(length)?.to_vec()).ok()
    }

    fn outcome(&mut self) -> Option<Outcome> {
        Some(match self.u8()? {
            OK => Outcome::Ok,
            NOT_CONVERGED => Outcome::NotConverged(self.text()?),
            FAILED => Outcome::Failed(self.text()?),
            TIMED_OUT => Outcome::TimedOut(Duration::from_nanos(self.u64()?)),
            SKIPPED => Outcome::Skipped(self.text()?),
            _ => return None,
        })
    }

    /// Reads a row; `None` if the bytes are not one.
    pub(crate) fn row(&mut self) -> Option<FitRecord> {
        let outcome = self.outcome()?;
        let seconds = self.f64()?;
        let count = self.u32()? as usize;
        let mut measured = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            let metric = self.u16()?;
            let coordinate = if metric & AT_COORDINATE != 0 { Some(self.f64()?) } else { None };
            measured.push(Measurement { metric: metric & !AT_COORDINATE, coordinate, value: self.f64()? });
        }
        Some(FitRecord { outcome, measured, seconds: (seconds >= 0.0).then_some(seconds) })
    }
}

/// A trial's entry, with its rows still encoded.
pub(super) struct Trial<'a> {
    pub(super) key: Key,
    pub(super) rows: Vec<Stored<'a>>,
}

/// One row of an entry, still encoded.
#[derive(Clone, Copy)]
pub(super) struct Stored<'a> {
    /// The estimator's identity.
    pub(super) estimator: u64,
    body: &'a [u8],
}

impl Stored<'_> {
    /// The decoded row.
    pub(super) fn row(&self) -> Option<FitRecord> {
        Cursor(self.body).row()
    }

    /// How the fit ended, as a position in [`ENDINGS`].
    pub(super) fn ending(&self) -> Option<usize> {
        self.body.first().map(|b| usize::from(*b)).filter(|i| *i < ENDINGS.len())
    }

    /// The limit of a fit that timed out.
    pub(super) fn limit(&self) -> Option<Duration> {
        match self.body.first() {
            Some(&TIMED_OUT) => Cursor(&self.body[1..]).u64().map(Duration::from_nanos),
            _ => None,
        }
    }
}

impl<'a> Trial<'a> {
    /// Reads the payload of a trial, without its first byte; `None` if it is malformed.
    pub(super) fn read(payload: &'a [u8]) -> Option<Self> {
        let mut rest = Cursor(payload);
        let key = Key { session: rest.u64()?, cell: rest.u64()?, replicate: rest.u32()? };
        let count = rest.u16()?;
        let row = |_| {
            let estimator = rest.u64()?;
            let length = rest.u32()? as usize;
            Some(Stored { estimator, body: rest.bytes(length)? })
        };
        let rows = (0..count).map(row).collect::<Option<_>>()?;
        rest.0.is_empty().then_some(Self { key, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let rows = [
            FitRecord {
                outcome: Outcome::Ok,
                measured: vec![
                    Measurement { metric: 0, coordinate: None, value: 0.1 },
                    Measurement { metric: 3, coordinate: Some(-2.5), value: f64::NAN },
                ],
                seconds: Some(1e-3),
            },
            FitRecord {
                seconds: Some(2.0),
                ..FitRecord::without_fit(Outcome::NotConverged("λ too small".into()))
            },
            FitRecord::failed("no pivot,\n\"really\"".into()),
            FitRecord::without_fit(Outcome::TimedOut(Duration::from_millis(1500))),
            FitRecord::without_fit(Outcome::Skipped("only where n=1".into())),
        ];
        let key = Key { session: 1, cell: u64::MAX, replicate: 7 };
        let mut bytes = Vec::new();
        write_trial(&mut bytes, key, rows.iter().enumerate().map(|(i, r)| (i as u64 + 10, r)));
        assert_eq!(bytes[0], TRIAL);
        let trial = Trial::read(&bytes[1..]).unwrap();
        assert_eq!(trial.key, key);
        let stored = trial.rows;
        assert_eq!(stored.iter().map(|s| s.estimator).collect::<Vec<_>>(), [10, 11, 12, 13, 14]);
        assert_eq!(stored[3].limit(), Some(Duration::from_millis(1500)));
        assert_eq!(stored[0].limit(), None);
        for (stored, row) in stored.iter().zip(&rows) {
            assert_eq!(ENDINGS[stored.ending().unwrap()], row.outcome.word());
            // NaN keeps its bits, so the texts are compared.
            assert_eq!(format!("{:?}", stored.row().unwrap()), format!("{row:?}"));
        }
        for cut in 1..bytes.len() {
            assert!(Trial::read(&bytes[1..cut]).is_none(), "cut at {cut}");
        }
    }
}
