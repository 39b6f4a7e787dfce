use super::*;
use crate::records::{Cell, OutcomeRow};

fn record(cell: u32, estimator: u16, replicate: u32, value: f64) -> Record {
    Record { cell, estimator, metric: 0, coordinate: None, replicate, value }
}

#[allow(clippy::field_reassign_with_default)] // the records are private
fn store() -> Store {
    let cell = |id| Cell { id, values: Vec::new() };
    let mut store = Store::default();
    store.cells = vec![cell(7), cell(8)];
    store.estimators = vec!["a".into(), "b".into()];
    store.metrics = vec!["error".into()];
    store.events = ["error".to_owned()].into();
    store.replicates = 4;
    store
}

#[test]
fn statistics_of_the_finite_values_and_what_is_missing() {
    let mut s = store();
    s.outcomes =
        vec![OutcomeRow { cell: 0, replicate: 3, estimator: 0, outcome: Outcome::Failed("no pivot".into()) }];
    // Neither the number of the failed fit nor the NaN must count.
    let records =
        vec![record(0, 0, 0, 1.0), record(0, 0, 1, 3.0), record(0, 0, 2, f64::NAN), record(0, 0, 3, 99.0)];
    let rows = summarise(&s.with_records(records));
    assert_eq!(rows.len(), 1);
    let r = &rows[0];
    assert_eq!((r.n, r.missing), (2, 2));
    assert_eq!((r.mean, r.sd, r.se), (2.0, 2.0_f64.sqrt(), 1.0));
    assert_eq!((r.min, r.q1, r.median, r.q3, r.max), (1.0, 1.5, 2.0, 2.5, 3.0));
}

#[test]
fn an_estimator_without_records_is_not_passed_over() {
    let mut s = store();
    let failed = |cell, estimator| OutcomeRow {
        cell,
        replicate: 0,
        estimator,
        outcome: Outcome::Failed("singular".into()),
    };
    s.outcomes = vec![failed(0, 1), failed(1, 0)];
    let rows = summarise(&s.with_records(vec![record(0, 0, 0, 1.0)]));
    let shape: Vec<_> = rows.iter().map(|r| (r.cell, r.estimator, r.n, r.missing)).collect();
    assert_eq!(shape, [(0, 0, 1, 3), (0, 1, 0, 4), (1, 0, 0, 4)]);
    assert!(rows[1].mean.is_nan() && rows[1].median.is_nan());
}

#[test]
fn samples_agree_with_the_summary() {
    let mut s = store();
    let failed = |cell, replicate, estimator| OutcomeRow {
        cell,
        replicate,
        estimator,
        outcome: Outcome::Failed("singular".into()),
    };
    s.metrics.push("gap".into());
    s.outcomes = vec![failed(0, 1, 0), failed(0, 0, 1), failed(1, 0, 0), failed(1, 0, 1)];
    let gap = Record { metric: 1, ..record(0, 1, 2, 0.5) };
    let s = s.with_records(vec![record(0, 0, 0, 1.0), record(0, 0, 1, 9.0), gap]);
    for row in summarise(&s) {
        let sample = sample(&s, row.cell, row.estimator, row.metric, row.coordinate);
        assert_eq!((sample.values.len() as u64, sample.missing()), (row.n, row.missing), "{row:?}");
    }
    // An estimator that has only the gap is not missing an error, and vice versa.
    assert_eq!(sample(&s, 0, 0, 1, None), Sample::default());
    assert_eq!(sample(&s, 0, 1, 0, None), Sample::default());
    assert_eq!(sample(&s, 1, 0, 0, None).missing(), 4);
}

#[test]
fn an_event_is_known_by_all_its_usable_values() {
    let mut s = store();
    s.outcomes =
        vec![OutcomeRow { cell: 0, replicate: 2, estimator: 0, outcome: Outcome::Failed("no pivot".into()) }];
    let values = [(0, 0.0), (1, 1.0), (2, 0.5), (3, f64::NAN)];
    let records: Vec<Record> = values.iter().map(|&(r, v)| record(0, 0, r, v)).collect();
    assert!(is_event(&s.clone().with_records(records.clone()), 0));
    let other = [records.clone(), vec![record(1, 1, 0, 0.5)]].concat();
    assert!(!is_event(&s.clone().with_records(other), 0));
    // Values do not make an event.
    s.events.clear();
    assert!(!is_event(&s.with_records(records), 0));
}

#[test]
fn the_final_fit_comes_before_the_path() {
    let at = |coordinate, value| Record { coordinate, ..record(0, 0, 0, value) };
    let rows = summarise(&store().with_records(vec![at(Some(2.0), 2.0), at(None, 9.0), at(Some(-1.0), 1.0)]));
    assert_eq!(rows.iter().map(|r| r.mean).collect::<Vec<_>>(), [9.0, 1.0, 2.0]);
}

fn ended(cell: u32, replicate: u32, estimator: u16, outcome: Outcome) -> OutcomeRow {
    OutcomeRow { cell, replicate, estimator, outcome }
}

#[test]
fn every_outcome_is_counted_and_skipped_is_not_missing() {
    let mut s = store();
    let a = [
        Outcome::Ok,
        Outcome::NotConverged("slow".into()),
        Outcome::Failed("singular".into()),
        Outcome::TimedOut(std::time::Duration::from_secs(1)),
    ];
    let b = |_| Outcome::Skipped("only where n=1".into());
    let rows = |e: u16, outcomes: Vec<Outcome>| {
        outcomes.into_iter().zip(0..).map(move |(o, r)| ended(0, r, e, o)).collect::<Vec<_>>()
    };
    s.outcomes = [rows(0, a.to_vec()), rows(1, (0..4).map(b).collect())].concat();
    s.outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    // Numbers of a fit that was cut short do not count; those of one that stopped early do.
    let s = s.with_records((0..4).map(|r| record(0, 0, r, f64::from(r))).collect());
    let rows = summarise(&s);
    assert_eq!(rows.len(), 2);
    let tally = Tally { ok: 1, not_converged: 1, failed: 1, timed_out: 1, skipped: 0 };
    assert_eq!((rows[0].n, rows[0].missing, rows[0].mean, rows[0].outcomes), (2, 2, 0.5, tally));
    assert_eq!((rows[1].estimator, rows[1].n, rows[1].missing, rows[1].outcomes.skipped), (1, 0, 0, 4));
    assert!(rows[1].outcomes.is_skipped() && !rows[0].outcomes.is_skipped());
    let skipped = sample(&s, 0, 1, 0, None);
    assert_eq!((skipped.planned, skipped.missing(), skipped.skipped), (0, 0, 4));
    // The skipped estimator does not empty what the other has in common with itself.
    assert_eq!((rows[0].n_common, rows[0].mean_common), (2, 0.5));
}

#[test]
fn common_successes_are_those_of_all_estimators_that_have_any() {
    let mut s = store();
    s.estimators = ["a", "b", "never"].map(str::to_owned).to_vec();
    let failed = |replicate, estimator| ended(0, replicate, estimator, Outcome::Failed("singular".into()));
    s.outcomes = vec![failed(0, 2), failed(1, 1), failed(1, 2), failed(2, 2), failed(3, 2)];
    // `b` fails on the hard replicate 1, and leaves no finite value in 3.
    let b = [(0, 1.0), (1, 99.0), (2, 5.0), (3, f64::INFINITY)];
    let mut records: Vec<Record> = b.iter().map(|&(r, v)| record(0, 1, r, v)).collect();
    records.extend((0..4).map(|r| record(0, 0, r, [2.0, 50.0, 4.0, 8.0][r as usize])));
    let s = s.with_records(records);
    let rows = summarise(&s);
    let own: Vec<_> = rows.iter().map(|r| (r.n, r.mean, r.n_common, r.mean_common)).collect();
    assert_eq!(own[..2], [(4, 16.0, 2, 3.0), (2, 3.0, 2, 3.0)]);
    assert_eq!((rows[0].se_common, rows[1].se_common), (1.0, rows[1].se));
    assert_eq!((own[2].0, own[2].2, rows[2].missing), (0, 0, 4));
    assert!(rows[2].mean_common.is_nan());
    let common = Common::of(&s, 0, &[0, 1, 2], 0, None);
    assert_eq!(common.values(&s, 0, 0, 0, None), [2.0, 4.0]);
    assert_eq!(Common::of(&s, 0, &[0, 2], 0, None).values(&s, 0, 0, 0, None).len(), 4);
    // The same survivors: the same numbers, bit for bit.
    let same = summarise(
        &store().with_records((0..3).flat_map(|r| [record(0, 0, r, 0.1), record(0, 1, r, 0.3)]).collect()),
    );
    assert!(same.iter().all(|r| (r.n, r.mean, r.se) == (r.n_common, r.mean_common, r.se_common)));
}
