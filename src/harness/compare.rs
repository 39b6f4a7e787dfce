//! Whether two rows hold the same numbers, to the last bit.

use std::collections::HashMap;

use remeasure_core::family::Outcome;
use remeasure_core::family::{FitRecord, Metric};

/// The outcome in words: `ok`, or its word with its message.
#[must_use]
pub fn describe(outcome: &Outcome) -> String {
    match outcome.message() {
        message if message.is_empty() => outcome.word().to_owned(),
        message => format!("{}: {message}", outcome.word()),
    }
}

/// Whether outcomes and numbers agree bit for bit; the times of fits are not compared.
#[must_use]
pub fn identical(a: &FitRecord, b: &FitRecord) -> bool {
    let bits = |row: &FitRecord| -> Vec<(u16, Option<u64>, u64)> {
        row.measured.iter().map(|m| (m.metric, m.coordinate.map(f64::to_bits), m.value.to_bits())).collect()
    };
    a.outcome == b.outcome && bits(a) == bits(b)
}

/// The outcomes if they differ, then every number in which two rows differ, with both values.
/// Empty if and only if the rows are [`identical`].
#[must_use]
pub fn differences(stored: &FitRecord, now: &FitRecord, metrics: &[Metric]) -> Vec<String> {
    if identical(stored, now) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if stored.outcome != now.outcome {
        found.push(format!("outcome: stored {}, now {}", describe(&stored.outcome), describe(&now.outcome)));
    }
    let name = |metric: u16, coordinate: Option<u64>| {
        let name = metrics.get(metric as usize).map_or("?", |m| m.name);
        coordinate.map_or_else(|| name.to_owned(), |c| format!("{name} at {}", f64::from_bits(c)))
    };
    let show = |bits: Option<u64>| match bits.map(f64::from_bits) {
        // NaN has many bit patterns, which all print the same.
        Some(value) if value.is_nan() => format!("NaN ({:016x})", value.to_bits()),
        Some(value) => format!("{value:?}"),
        None => "(none)".to_owned(),
    };
    let mut left: HashMap<(u16, Option<u64>), Vec<u64>> = HashMap::new();
    for m in now.measured.iter().rev() {
        left.entry((m.metric, m.coordinate.map(f64::to_bits))).or_default().push(m.value.to_bits());
    }
    let mut note = |key: (u16, Option<u64>), then: Option<u64>, value: Option<u64>| {
        if then != value {
            found.push(format!("{}: stored {}, now {}", name(key.0, key.1), show(then), show(value)));
        }
    };
    for m in &stored.measured {
        let key = (m.metric, m.coordinate.map(f64::to_bits));
        let value = left.get_mut(&key).and_then(Vec::pop);
        note(key, Some(m.value.to_bits()), value);
    }
    // Numbers that only the new row has, in its order.
    for m in &now.measured {
        let key = (m.metric, m.coordinate.map(f64::to_bits));
        if let Some(value) = left.get_mut(&key).and_then(Vec::pop) {
            note(key, None, Some(value));
        }
    }
    if found.is_empty() {
        found.push("the order of the numbers".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use remeasure_core::family::Measurement;

    use super::*;

    remeasure_core::metrics! {
        METRICS:
        ERROR = Lower, "error", "";
        GAP = Certificate, "gap", "";
    }

    fn row(numbers: &[(u16, Option<f64>, f64)]) -> FitRecord {
        let measured =
            numbers.iter().map(|&(metric, coordinate, value)| Measurement { metric, coordinate, value });
        FitRecord { outcome: Outcome::Ok, measured: measured.collect(), seconds: Some(1.0) }
    }

    #[test]
    fn the_last_bit_counts_and_the_time_does_not() {
        let a = row(&[(0, None, 0.1), (1, Some(5.0), f64::NAN)]);
        assert_eq!(differences(&a, &FitRecord { seconds: None, ..a.clone() }, METRICS), Vec::<String>::new());
        let mut b = a.clone();
        b.measured[0].value = f64::from_bits(0.1_f64.to_bits() + 1);
        assert!(!identical(&a, &b));
        assert_eq!(differences(&a, &b, METRICS), ["error: stored 0.1, now 0.10000000000000002"]);
        let mut nan = a.clone();
        nan.measured[1].value = f64::from_bits(f64::NAN.to_bits() ^ 1);
        let found = differences(&a, &nan, METRICS);
        assert_eq!(found, ["gap at 5: stored NaN (7ff8000000000000), now NaN (7ff8000000000001)"]);
        let zero = (row(&[(0, None, 0.0)]), row(&[(0, None, -0.0)]));
        assert_eq!(differences(&zero.0, &zero.1, METRICS), ["error: stored 0.0, now -0.0"]);
    }

    #[test]
    fn numbers_that_one_side_lacks_are_named() {
        let a = row(&[(1, Some(5.0), 1.0), (1, Some(10.0), 2.0), (0, None, 3.0)]);
        let b = row(&[(1, Some(5.0), 1.0), (0, None, 3.0), (0, None, 4.0)]);
        let found = differences(&a, &b, METRICS);
        assert_eq!(found, ["gap at 10: stored 2.0, now (none)", "error: stored (none), now 4.0"]);
        let failed = FitRecord::failed("no pivot".into());
        let found = differences(&row(&[(0, None, 3.0)]), &failed, METRICS);
        assert_eq!(found, ["outcome: stored ok, now failed: no pivot", "error: stored 3.0, now (none)"]);
        let turned = (row(&[(0, None, 1.0), (1, None, 2.0)]), row(&[(1, None, 2.0), (0, None, 1.0)]));
        assert_eq!(differences(&turned.0, &turned.1, METRICS), ["the order of the numbers"]);
    }
}
