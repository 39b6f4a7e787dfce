//! Tests what a baseline keeps and detects, on stores made by hand.

use remeasure_core::family::{Outcome, Sense};

use super::*;
use crate::config::{Document, Overrides};
use crate::digits::rounded;
use crate::plan::Plan;
use crate::provenance::Code;
use crate::records::{Axis, OutcomeRow, Record, Store};

const CONFIG: &str = "experiment = \"e\"\ntitle = \"E\"\nfamily = \"f\"\nseed = 1\n[problem]\nk = 3\n[sweep]\n\
    problem.n = [10, 9]\n[[estimator]]\nkind = \"a\"\n[[estimator]]\nkind = \"b\"\n[profile.quick]\nreplicates = 5\n";

fn plan() -> Plan<'static> {
    let document = Document::parse("e.toml", CONFIG).unwrap();
    Plan::stored(document.resolve("quick", &Overrides::default()).unwrap(), &[]).unwrap()
}

/// Two cells, two estimators: an error by replicate and a path, as long as `path`.
fn store(path: u32) -> Store {
    let plan = plan();
    let axes: Vec<Axis> = plan.resolved.axes.clone();
    let mut store = Store {
        axes,
        cells: plan.cells.clone(),
        estimators: vec!["a".into(), "b".into()],
        metrics: vec!["error".into(), "cost".into()],
        replicates: 5,
        ..Store::default()
    };
    let mut records = Vec::new();
    for (cell, estimator, replicate) in (0..20).map(|i| (i / 10, (i / 5 % 2) as u16, i % 5)) {
        let base = f64::from(cell * 7 + u32::from(estimator) * 3 + replicate * replicate) + 0.1;
        let record =
            |metric, coordinate, value| Record { cell, estimator, metric, coordinate, replicate, value };
        records.push(record(0, None, base / 3.0));
        records.extend((0..path).map(|i| record(1, Some(f64::from(i)), base + f64::from(i))));
        store.outcomes.push(OutcomeRow { cell, replicate, estimator, outcome: Outcome::Ok });
    }
    store.outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    store.with_records(records)
}

/// The store with some values changed.
fn changed(store: &Store, mut change: impl FnMut(&Record) -> f64) -> Store {
    let records = store.records().iter().map(|r| Record { value: change(r), ..*r }).collect();
    store.clone().with_records(records)
}

fn check(before: &Store, now: &Store, pairing: Pairing) -> Judgement {
    let (before, now) = (Snapshot::of(before, &[]), Snapshot::of(now, &[]));
    compare(&before, &now, pairing, &["error".to_owned()], &|_| Sense::Neither, Rules::default())
}

fn states(verdict: &Judgement) -> Vec<(&str, &str, State)> {
    verdict.places.iter().map(|p| (p.cell.as_str(), p.estimator.as_str(), p.state)).collect()
}

fn header() -> Header {
    Header::accept(&plan(), &Code::of_this_binary(), "first", String::new(), None).unwrap()
}

#[test]
fn a_digest_moves_with_its_own_numbers_alone() {
    let digests = |s: &Store| Snapshot::of(s, &[]).fits.iter().map(|f| f.digest.clone()).collect::<Vec<_>>();
    let store = store(3);
    let before = digests(&store);
    assert_eq!((before.len(), before[0].len()), (4, 16));
    // One bit of one value of a path.
    let bit = |r: &Record| {
        let hit = (r.cell, r.estimator, r.replicate, r.coordinate) == (1, 0, 2, Some(1.0));
        f64::from_bits(r.value.to_bits() + u64::from(hit))
    };
    let differing = |a: &[String], b: &[String]| (0..4).filter(|&i| a[i] != b[i]).collect::<Vec<_>>();
    assert_eq!(differing(&before, &digests(&changed(&store, bit))), [2]);
    // An outcome counts, but its message does not.
    let mut other = store.clone();
    other.outcomes[1].outcome = Outcome::NotConverged("gap 1".into());
    let stopped = digests(&other);
    assert_eq!(differing(&before, &stopped), [1]);
    other.outcomes[1].outcome = Outcome::NotConverged("gap 2".into());
    assert_eq!(digests(&other), stopped);
    // Metrics are numbered by their first appearance: another numbering changes nothing.
    let mut turned = store.clone();
    turned.metrics.swap(0, 1);
    let records = store.records().iter().map(|r| Record { metric: 1 - r.metric, ..*r }).collect();
    assert_eq!(Snapshot::of(&turned.with_records(records), &[]), Snapshot::of(&store, &[]));
}

#[test]
fn what_was_written_is_read_to_the_digits_that_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("baseline");
    let mut snapshot = Snapshot::of(&store(3), &[]);
    snapshot.fits[0].series.last_mut().unwrap().values[2] = None;
    snapshot.claims.push(ClaimLine {
        id: "c".into(),
        verdict: "reproduced".into(),
        value: 0.5,
        se: f64::INFINITY,
        statement: "a, \"quoted\"".into(),
    });
    assert!(read(&folder).unwrap().is_none());
    write(&folder, &header(), &snapshot, &[]).unwrap();
    let (header, found) = read(&folder).unwrap().unwrap();
    assert_eq!((header.profile.as_str(), header.log.len(), header.files.len()), ("quick", 1, 4));
    let mut expected = snapshot.clone();
    for s in expected.fits.iter_mut().flat_map(|f| &mut f.series) {
        (s.mean, s.se) = (rounded(s.mean, 9), rounded(s.se, 9));
        s.values.iter_mut().flatten().for_each(|v| *v = rounded(*v, 8));
    }
    assert_eq!(found, expected);
    // Compared with itself, nothing has moved, although it was rounded.
    let now = Snapshot {
        fits: snapshot.fits.iter().map(|f| Fit { digest: "other".into(), ..f.clone() }).collect(),
        ..snapshot
    };
    for pairing in [Pairing::SameData, Pairing::NewData] {
        let verdict = compare(&found, &now, pairing, &[], &|_| Sense::Neither, Rules::default());
        assert_eq!((verdict.count(State::Compatible), verdict.claims.len()), (4, 0));
        assert!(verdict.comparisons.iter().all(|c| c.p == 1.0), "{:?}", verdict.comparisons);
    }
}

#[test]
fn a_half_written_baseline_and_a_header_of_another_format_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, &header(), &Snapshot::of(&store(3), &[]), &[]).unwrap();
    let summary = std::fs::read_to_string(folder.join(SUMMARY)).unwrap();
    std::fs::write(folder.join(SUMMARY), summary.replacen('1', "2", 1)).unwrap();
    let error = format!("{:#}", read(folder).unwrap_err());
    assert!(error.contains("summary.csv does not match its digest in baseline.toml"), "{error}");
    // Line ends changed by a checkout do not matter.
    std::fs::write(folder.join(SUMMARY), summary.replace('\n', "\r\n")).unwrap();
    assert!(read(folder).unwrap().is_some());
    let text = std::fs::read_to_string(folder.join(BASELINE)).unwrap();
    std::fs::write(folder.join(BASELINE), text.replace("format = 1", "format = 9")).unwrap();
    assert!(format!("{:#}", Header::read(folder).unwrap_err()).contains("format 9"));
    // It must not count as missing, or the log would be lost.
    std::fs::write(folder.join(BASELINE), "<<<<<<< ours\n").unwrap();
    assert!(Header::read(folder).is_err());
}

#[test]
fn the_log_grows() {
    let first = header();
    let second =
        Header::accept(&plan(), &Code::of_this_binary(), "better", "1 moved".into(), Some(first)).unwrap();
    let log: Vec<_> = second.log.iter().map(|a| (a.reason.as_str(), a.change.as_str())).collect();
    assert_eq!(log, [("first", ""), ("better", "1 moved")]);
    assert_eq!(second.latest().unwrap().reason, "better");
}

#[test]
fn long_paths_are_thinned_and_large_values_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &header(), &Snapshot::of(&store(100), &[]), &[]).unwrap();
    let (_, found) = read(folder.path()).unwrap().unwrap();
    let coordinates: Vec<f64> = found.fits[0].series.iter().filter_map(|s| s.coordinate).collect();
    assert_eq!(coordinates.len(), PATH_LIMIT);
    assert_eq!((coordinates[0], coordinates[PATH_LIMIT - 1]), (0.0, 99.0));
    assert!(coordinates.windows(2).all(|w| (8.0..=10.0).contains(&(w[1] - w[0]))), "{coordinates:?}");
    // Beyond the limit fewer metrics keep their values.
    let mut snapshot = Snapshot::of(&store(1), &[]);
    for fit in &mut snapshot.fits {
        let long = (0..6000).map(|i| Some(f64::from(i) / 7.0)).collect();
        let of = Series { metric: "other".into(), coordinate: None, values: long, ..fit.series[0].clone() };
        fit.series.push(of);
    }
    write(folder.path(), &header(), &snapshot, &[vec!["other".to_owned()], vec!["error".to_owned()]])
        .unwrap();
    let kept = std::fs::read_to_string(folder.path().join(VALUES)).unwrap();
    assert_eq!((kept.lines().count(), kept.contains("other")), (5, false));
}

#[test]
fn what_moves_and_what_does_not() {
    let store = store(3);
    assert!(check(&store, &store, Pairing::SameData).places.iter().all(|p| p.state == State::Identical));
    // Rounding is compatible; a shift of the same size in every replicate has moved.
    for (shift, state) in [(1e-9, State::Compatible), (1e-3, State::Moved)] {
        let shifted = |r: &Record| {
            let hit = (r.cell, r.estimator, r.metric) == (0, 1, 0);
            r.value + if hit { shift } else { 0.0 }
        };
        let verdict = check(&store, &changed(&store, shifted), Pairing::SameData);
        let expected = [State::Identical, state, State::Identical, State::Identical];
        assert_eq!(states(&verdict).iter().map(|s| s.2).collect::<Vec<_>>(), expected);
        assert_eq!(verdict.alarms(), state == State::Moved);
        let moved: Vec<_> = verdict.comparisons.iter().filter(|c| c.state == State::Moved).collect();
        assert!(moved.iter().all(|c| (c.metric.as_str(), c.changed) == ("error", Some((5, 5)))), "{moved:?}");
        // Two samples of five cannot detect it.
        assert!(!check(&store, &changed(&store, shifted), Pairing::NewData).alarms());
    }
}

#[test]
fn what_is_gone_or_new_is_named() {
    let full = store(3);
    let without = |cell: u32, estimator: u16| {
        let mut less = full.clone();
        less.outcomes.retain(|o| (o.cell, o.estimator) != (cell, estimator));
        let left = |r: &&Record| (r.cell, r.estimator) != (cell, estimator);
        let records = full.records().iter().filter(left).copied().collect();
        less.with_records(records)
    };
    let less = without(1, 0);
    let verdict = check(&full, &less, Pairing::SameData);
    assert_eq!(states(&verdict)[2], ("n=9", "a", State::Missing));
    assert!(verdict.alarms());
    let verdict = check(&less, &full, Pairing::SameData);
    assert_eq!(states(&verdict)[3], ("n=9", "a", State::New));
    assert!(!verdict.alarms());
    // A metric that is no longer recorded in one fit.
    let records = full.records().iter().filter(|r| (r.cell, r.estimator, r.metric) != (0, 0, 0)).copied();
    let verdict = check(&full, &full.clone().with_records(records.collect()), Pairing::SameData);
    assert_eq!(states(&verdict)[0].2, State::Missing);
    // Another order of axes' values, the same cells.
    let mut turned = full.clone();
    turned.cells.swap(0, 1);
    turned.axes[0].values.reverse();
    let swap = |c: u32| 1 - c;
    turned.outcomes.iter_mut().for_each(|o| o.cell = swap(o.cell));
    turned.outcomes.sort_by_key(|o| (o.cell, o.replicate, o.estimator));
    let records = full.records().iter().map(|r| Record { cell: swap(r.cell), ..*r }).collect();
    assert!(
        check(&full, &turned.with_records(records), Pairing::SameData)
            .places
            .iter()
            .all(|p| p.state == State::Identical)
    );
}

#[test]
fn fits_that_fail_are_counted_and_compared() {
    let full = store(1);
    let mut failed = full.clone();
    for o in failed.outcomes.iter_mut().filter(|o| (o.cell, o.estimator) == (0, 0)) {
        o.outcome = Outcome::Failed("singular".into());
    }
    let verdict = check(&full, &failed, Pairing::SameData);
    assert_eq!(verdict.failing, [("n=10".to_owned(), "a".to_owned())]);
    assert_eq!(states(&verdict)[0].2, State::Moved);
    // No value is left of the error.
    let gone: Vec<_> = verdict.comparisons.iter().filter(|c| c.state == State::Missing).collect();
    assert_eq!((gone.len(), gone[0].metric.as_str()), (1, "error"));
    let endings = verdict.comparisons.iter().filter(|c| c.metric.starts_with('('));
    let endings: Vec<_> = endings.map(|c| (c.metric.as_str(), c.before, c.now, c.better)).collect();
    assert_eq!(endings, [("(ended ok)", 1.0, 0.0, Some(false)), ("(no fit)", 0.0, 1.0, Some(false))]);
    assert!(check(&failed, &full, Pairing::SameData).failing.is_empty());
}

#[test]
fn what_a_baseline_keeps_of_the_replicates_can_be_drawn() {
    let full = store(3);
    let mut snapshot = Snapshot::of(&full, &[]);
    // A value that is missing, and a metric whose values are not kept.
    snapshot.fits[0].tally.failed = 1;
    snapshot.fits[0].series.retain(|s| s.coordinate.is_none());
    snapshot.fits[0].series[0].values[2] = None;
    let other = Series { metric: "other".into(), values: Vec::new(), ..snapshot.fits[0].series[0].clone() };
    snapshot.fits[0].series.push(other);
    let found = super::store(&snapshot, &plan());
    assert_eq!(found.metrics, ["error"]);
    assert_eq!((found.records().len(), found.outcomes.len(), found.replicates), (19, 20, 5));
    let values = |s: &Store, cell, estimator| -> Vec<f64> {
        s.values(cell, estimator, 0, None).iter().map(|r| r.value).collect()
    };
    assert_eq!(values(&found, 1, 1), values(&full, 1, 1));
    assert!(!found.outcome(0, 2, 0).unwrap().has_fit() && found.outcome(0, 1, 0).unwrap().has_fit());
}

#[test]
fn cells_are_those_of_their_values_in_any_order_of_the_axes() {
    let plan = |sweep: &str| -> Plan<'static> {
        let document = Document::parse("e.toml", &CONFIG.replace("problem.n = [10, 9]", sweep)).unwrap();
        Plan::stored(document.resolve("quick", &Overrides::default()).unwrap(), &[]).unwrap()
    };
    let (n, k) = ("problem.n = [10, 9]", "problem.k = [3, 1, 2]");
    let (first, turned) = (plan(&format!("{n}\n{k}")), plan(&format!("{k}\n{n}")));
    let of_replicates = |cell: u32| {
        (0..5_u32).flat_map(move |replicate| (0..2_u16).map(move |estimator| (cell, replicate, estimator)))
    };
    let all = || (0..6).flat_map(of_replicates);
    let outcomes = all().map(|(cell, replicate, estimator)| OutcomeRow {
        cell,
        replicate,
        estimator,
        outcome: Outcome::Ok,
    });
    let records = all().map(|(cell, replicate, estimator)| Record {
        cell,
        estimator,
        metric: 0,
        coordinate: None,
        replicate,
        value: f64::from(cell * 100 + replicate * 10 + u32::from(estimator)),
    });
    let full = first.store(vec!["error".to_owned()], outcomes.collect(), records.collect());
    let snapshot = Snapshot::of(&full, &[]);
    let found = super::store(&snapshot, &turned);
    let names = |store: &Store| store.axes.iter().map(|a| a.name.clone()).collect::<Vec<_>>();
    assert_eq!((names(&full), names(&found)), (vec!["n".into(), "k".into()], vec!["k".into(), "n".into()]));
    // The cells of the one are those of the other.
    let verdict = check(&full, &found, Pairing::SameData);
    assert!(verdict.places.iter().all(|p| p.state == State::Identical) && verdict.places.len() == 12);
    // And in the same order, once the axes are.
    assert_ne!(found.cells[1].id, full.cells[1].id);
    let back = found.with_axes_as(&names(&full));
    assert_eq!((&back.axes, &back.cells, &back.outcomes), (&full.axes, &full.cells, &full.outcomes));
    assert_eq!(back.records(), full.records());
}

#[test]
fn some_cells_and_replicates_of_a_store_keep_their_numbers() {
    let full = store(2);
    let less = full.restricted(&[1], 3);
    assert_eq!((less.cells.len(), less.replicates, less.outcomes.len()), (1, 3, 6));
    assert_eq!(less.axes[0].values, full.axes[0].values[1..]);
    assert_eq!(less.records().len(), 2 * 3 * 3);
    for estimator in 0..2 {
        let (new, old) = (less.values(0, estimator, 0, None), full.values(1, estimator, 0, None));
        assert!(new.iter().zip(&old[..3]).all(|(a, b)| (a.value, a.replicate) == (b.value, b.replicate)));
        assert_eq!(new.len(), 3);
    }
}

#[test]
fn causes_have_classes() {
    use std::collections::BTreeMap;

    use crate::provenance::Hardware;
    let plan = plan();
    let old = Code { binary: "1".into(), ..Code::of_this_binary() };
    let machine = Hardware { processor: "x".into(), threads: 2, system: "s".into() };
    let inputs = |digest: &str| BTreeMap::from([("wine.csv".to_owned(), digest.to_owned())]);
    let (one, two) = (inputs("1"), inputs("2"));
    let only = ["n=9".to_owned()];
    let a = Provenance {
        name: "A",
        resolved: Some(&plan.resolved),
        inputs: &one,
        code: &old,
        other_code: &[],
        hardware: Some(&machine),
        only: &[],
    };
    let of = |b: Provenance<'_>| -> Vec<(Class, String)> {
        causes(&a, &b).into_iter().map(|c| (c.class, c.text)).collect()
    };
    assert_eq!(of(Provenance { name: "B", ..a }), []);
    // Threads do not affect numbers, and an unknown machine is not a different one.
    let threads = Hardware { threads: 64, ..machine.clone() };
    assert_eq!(of(Provenance { hardware: Some(&threads), ..a }), []);
    assert_eq!(of(Provenance { hardware: None, ..a }), []);
    let other = Hardware { processor: "y".into(), ..machine.clone() };
    let newer = Code { binary: "2".into(), rustc: "rustc 9".into(), commit: "abc".into(), ..old.clone() };
    let found = of(Provenance {
        name: "B",
        inputs: &two,
        code: &newer,
        other_code: std::slice::from_ref(&old),
        hardware: Some(&other),
        only: &only,
        ..a
    });
    let classes: Vec<Class> = found.iter().map(|c| c.0).collect();
    use Class::{Code as OfCode, Environment, Inputs, Selection};
    assert_eq!(classes, [Selection, Inputs, OfCode, Environment, OfCode, Environment], "{found:?}");
    assert_eq!(found[0].1, "--only: all → n=9");
    assert_eq!(found[1].1, "wine.csv: its contents");
    assert_eq!(found[5].1, "processor: x → y");
    let unreadable = of(Provenance { name: "B", resolved: None, ..a });
    assert_eq!(unreadable, [(Class::Config, "this version cannot read the config of B".to_owned())]);
}
