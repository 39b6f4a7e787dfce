//! Digests of exact numbers.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::digest::short;
use crate::records::{Record, Store};

/// A number's bits. All NaNs give the same bits, as the record files do not distinguish them.
fn bits(value: f64) -> [u8; 8] {
    (if value.is_nan() { f64::NAN } else { value }).to_bits().to_le_bytes()
}

fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}

/// For each cell and estimator, the first 16 hex digits of the SHA-256 of its records (sorted by metric
/// name, coordinate and replicate) and of the words of its outcomes, by replicate. Messages are left out,
/// as they may name a line of the source. Other cells, other estimators and the order of metrics do not
/// affect a digest.
pub(super) fn digests(store: &Store) -> HashMap<(usize, usize), String> {
    let mut groups: HashMap<(usize, usize), Vec<&[Record]>> = HashMap::new();
    for group in store.groups() {
        groups.entry((group[0].cell as usize, usize::from(group[0].estimator))).or_default().push(group);
    }
    let mut hashes: HashMap<(usize, usize), Sha256> = HashMap::new();
    for (place, mut groups) in groups {
        // Coordinates ascend already, and the sort keeps their order.
        groups.sort_by_key(|g| &store.metrics[usize::from(g[0].metric)]);
        let hash = hashes.entry(place).or_default();
        for group in groups {
            text(hash, &store.metrics[usize::from(group[0].metric)]);
            match group[0].coordinate {
                Some(coordinate) => {
                    hash.update(b"@");
                    hash.update(bits(coordinate));
                }
                None => hash.update(b"."),
            }
            hash.update((group.len() as u64).to_le_bytes());
            for record in group {
                hash.update(record.replicate.to_le_bytes());
                hash.update(bits(record.value));
            }
        }
    }
    for outcome in &store.outcomes {
        let place = (outcome.cell as usize, usize::from(outcome.estimator));
        let hash = hashes.entry(place).or_default();
        hash.update(outcome.replicate.to_le_bytes());
        text(hash, outcome.outcome.word());
    }
    hashes.into_iter().map(|(place, hash)| (place, short(hash))).collect()
}
