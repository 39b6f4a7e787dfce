//! Ratios of synthetic times.

use std::time::Duration;

use rand::Rng;
use rand_distr::StandardNormal;
use remeasure_core::stream::{Stream, Streams};

use super::rounds::{Effort, Halt, Replicates, Times, Work, measure};
use super::*;
use crate::baseline::Acceptance;
use crate::provenance::{Code, Hardware};

/// Seconds of a fit of the estimator that is compared with.
const UNIT: f64 = 5e-3;

fn stream(index: u32) -> Stream {
    Streams { seed: 1, cell: 2, replicate: index }.stream("times")
}

/// A machine: fits of `ratio` × [`UNIT`] and of [`UNIT`], with noise of this fraction of a round's time,
/// and in this fraction of rounds a burst on one of the two, which adds up to four times its time.
struct Machine {
    ratio: f64,
    noise: f64,
    bursts: f64,
    stream: Stream,
    rounds: u32,
}

impl Machine {
    fn new(ratio: f64, noise: f64, index: u32) -> Self {
        Self { ratio, noise, bursts: 0.0, stream: stream(index), rounds: 0 }
    }

    fn round(&mut self, work: Work) -> Result<Times, Halt> {
        self.rounds += 1;
        let mut seconds = [self.ratio * UNIT, UNIT].map(|s| s * work.fits());
        for s in &mut seconds {
            *s *= (self.noise * self.stream.sample::<f64, _>(StandardNormal)).exp();
        }
        if self.stream.r#gen::<f64>() < self.bursts {
            let hit = usize::from(self.stream.r#gen::<bool>());
            seconds[hit] *= 1.0 + 4.0 * self.stream.r#gen::<f64>();
        }
        Ok(Times { seconds, wall: seconds[0] + seconds[1] })
    }

    fn measure(&mut self) -> TimeRatio {
        let effort =
            Effort { repeats: 15, budget: Duration::from_secs(3), replicates: Replicates::Exactly(2) };
        measure(&mut |work| self.round(work), &effort).unwrap()
    }
}

fn place(cell: usize) -> Place {
    Place { cell: format!("n={cell}"), estimator: "ours".into(), against: "theirs".into() }
}

fn task(cell: usize, before: Option<&TimeRatio>) -> Task {
    let before = before.map(|m| Known::of(&place(cell), m));
    Task { place: place(cell), before, wanted: true, margin: MARGIN }
}

/// A check of six cells: the machines of the baseline, and of the first and second measurement.
fn simulate(index: u32, machines: [&dyn Fn(u32) -> Machine; 3]) -> Vec<Line> {
    const CELLS: usize = 6;
    let seed = |cell: usize, turn: u32| (index * CELLS as u32 + cell as u32) * 3 + turn;
    let tasks: Vec<Task> = (0..CELLS).map(|c| task(c, Some(&machines[0](seed(c, 0)).measure()))).collect();
    let mut seen = [false; CELLS];
    let lines = check(&tasks, &Rules::default(), &mut |c| {
        let turn = if std::mem::replace(&mut seen[c], true) { 2 } else { 1 };
        Ok(machines[turn as usize](seed(c, turn)).measure())
    });
    lines.unwrap()
}

fn steady(ratio: f64, noise: f64) -> impl Fn(u32) -> Machine {
    move |index| Machine::new(ratio, noise, index)
}

#[test]
fn a_slowdown_by_half_is_caught() {
    let (before, now) = (steady(0.4, 0.05), steady(0.6, 0.05));
    let mut caught = 0;
    for i in 0..200 {
        let lines = simulate(i, [&before, &now, &now]);
        caught += lines.iter().filter(|l| l.state == State::Slower).count();
        assert!(lines.iter().all(|l| l.state == State::Slower || l.state == State::Same), "{lines:?}");
    }
    // Of 1200; a slowdown well beyond the smallest detectable one.
    assert!(caught >= 1190, "{caught}");
    // The opposite change is reported but does not alarm.
    let lines = simulate(0, [&now, &before, &before]);
    assert!(lines.iter().all(|l| l.state == State::Faster && !l.state.alarms()), "{lines:?}");
}

#[test]
fn the_least_slowdown_that_is_stated_is_caught_as_often_as_stated() {
    let before = steady(0.4, 0.05);
    let stated = |i| simulate(i, [&before, &before, &before]).iter().map(|l| l.caught).collect::<Vec<_>>();
    let stated: Vec<f64> = (0..100).flat_map(stated).collect();
    let least = remeasure_core::numerics::statistics::mean(&stated);
    assert!((1.3..1.6).contains(&least), "{least}");
    // Only in the first cell: the seed counts cells and measurements.
    let now = |seed: u32| {
        let slower = if (seed / 3).is_multiple_of(6) { least } else { 1.0 };
        Machine::new(0.4 * slower, 0.05, seed)
    };
    let mut caught = 0;
    for i in 0..500 {
        let lines = simulate(i, [&before, &now, &now]);
        caught += usize::from(lines[0].state == State::Slower);
        assert!(lines[1..].iter().all(|l| l.state == State::Same), "{lines:?}");
    }
    // Expected: 81 % of 500, with a standard error of 9. It may be more, because the second measurement has
    // fewer tests to correct for, and both are compared with the same baseline.
    assert!((375..480).contains(&caught), "{caught}");
}

#[test]
fn without_a_change_nothing_alarms() {
    let alarms = |before: &dyn Fn(u32) -> Machine, now: &dyn Fn(u32) -> Machine| {
        let mut found = (0, 0);
        for i in 0..1000 {
            let lines = simulate(i, [before, now, now]);
            found.0 += usize::from(lines.iter().any(|l| l.state != State::Same));
            found.1 += usize::from(lines.iter().any(|l| l.again.is_some()));
        }
        found
    };
    // Without a change, with and without bursts.
    let noisy = |index| Machine { bursts: 0.1, ..Machine::new(0.4, 0.05, index) };
    assert_eq!(alarms(&steady(0.4, 0.05), &steady(0.4, 0.05)), (0, 0));
    assert_eq!(alarms(&noisy, &noisy).0, 0);
    // Slower by exactly the margin, the worst case without a true alarm: at most 1 % of the checks (within
    // four standard errors) measure twice, and hardly any alarms.
    let (both, first) = alarms(&steady(0.4, 0.05), &steady(0.4 * MARGIN, 0.05));
    assert!(first <= 10 + 13 && first > 0, "{first}");
    assert!(both <= 2, "{both}");
}

#[test]
fn a_burst_in_one_measurement_does_not_alarm() {
    let calm = steady(0.4, 0.05);
    // Another program slows one estimator down for the whole of the first measurement.
    let disturbed = steady(0.8, 0.05);
    let lines = simulate(0, [&calm, &disturbed, &calm]);
    assert!(lines.iter().all(|l| l.state == State::Same && l.again.is_some()), "{lines:?}");
    let told = lines.iter().map(|l| l.p_again).fold(0.0, f64::max);
    assert!(told > 0.5, "{told}");
    // Bursts in three of fifteen rounds, of any size, shift the ratio by less than its noise.
    let work = Work { replicates: 1, passes: 1 };
    let mut times: Vec<Times> = (0..15)
        .map(|i| {
            let t = 1.0 + 0.01 * f64::from(i % 5);
            Times { seconds: [t, 1.0], wall: t }
        })
        .collect();
    let plain = TimeRatio::of(&times, work);
    for i in [1, 7, 11] {
        times[i].seconds[0] *= 1000.0;
    }
    let hit = TimeRatio::of(&times, work);
    assert!((hit.log_ratio.value - plain.log_ratio.value).abs() < 0.02, "{hit:?} {plain:?}");
    assert!(hit.log_ratio.se < 0.02, "{hit:?}");
}

#[test]
fn drift_that_hits_both_cancels() {
    let mut round = 0;
    let mut clock = |work: Work| {
        round += 1;
        // A machine that becomes slower by a factor of 3 over the rounds.
        let slow = 1.0 + 0.1 * f64::from(round);
        let seconds = [0.4 * UNIT * slow * work.fits(), UNIT * slow * work.fits()];
        Ok(Times { seconds, wall: 0.01 })
    };
    let effort = Effort { repeats: 15, budget: Duration::from_secs(3), replicates: Replicates::Exactly(1) };
    let measured = measure(&mut clock, &effort).unwrap();
    assert!((measured.ratio() - 0.4).abs() < 1e-12 && measured.log_ratio.se < 1e-12, "{measured:?}");
}

#[test]
fn rounds_are_sized_by_the_time_they_take() {
    // Seconds of a fit, and of its overhead; replicates allowed; the resulting work of a round.
    let cases = [
        (5e-3, 0.0, Replicates::UpTo(4), (4, 1), 15),
        (1e-5, 0.0, Replicates::UpTo(4), (4, 250), 15),
        // The overhead is so large that not even 20 ms of fits are possible.
        (1e-5, 1e-2, Replicates::UpTo(4), (4, 15), 15),
        (1e-5, 0.0, Replicates::Exactly(2), (2, 500), 15),
        // Too long for the budget: fewer replicates, then fewer rounds, but at least seven.
        (3e-2, 0.0, Replicates::UpTo(4), (1, 1), 15),
        (1.0, 0.0, Replicates::UpTo(4), (1, 1), 7),
        (1.0, 0.0, Replicates::Exactly(2), (2, 1), 7),
    ];
    for (fit, else_, replicates, expected, rounds) in cases {
        let mut last = Work { replicates: 0, passes: 0 };
        let mut calls = 0;
        let mut clock = |work: Work| {
            (last, calls) = (work, calls + 1);
            let fits = work.fits() * fit;
            Ok(Times { seconds: [fits / 2.0, fits], wall: 1.5 * fits + else_ * f64::from(work.passes) })
        };
        let effort = Effort { repeats: 15, budget: Duration::from_secs(3), replicates };
        let measured = measure(&mut clock, &effort).unwrap();
        assert_eq!((last.replicates, last.passes), expected, "{fit} {replicates:?}");
        assert_eq!((measured.rounds, measured.replicates), (rounds, expected.0), "{fit} {replicates:?}");
        assert!(calls > rounds, "one that does not count comes first");
        assert!((measured.fit_seconds[1] / fit - 1.0).abs() < 1e-12, "{measured:?}");
    }
}

#[test]
fn what_the_clock_cannot_tell_is_no_ratio() {
    let effort = Effort { repeats: 15, budget: Duration::from_secs(3), replicates: Replicates::UpTo(4) };
    let mut none = |_: Work| Ok(Times { seconds: [0.0, 1.0], wall: 1.0 });
    assert!(matches!(measure(&mut none, &effort), Err(Halt::Failed(m)) if m.contains("no time")));
    let mut stop = |_: Work| Err(Halt::Interrupted);
    assert_eq!(measure(&mut stop, &effort).unwrap_err(), Halt::Interrupted);
}

#[test]
fn what_is_new_missing_or_fails_is_named() {
    let known = Machine::new(0.4, 0.05, 1).measure();
    let mut tasks: Vec<Task> = (0..3).map(|c| task(c, Some(&known))).collect();
    tasks[1].wanted = false;
    tasks.push(task(3, None));
    let lines = check(&tasks, &Rules::default(), &mut |i| match i {
        2 => Err(Halt::Failed("singular".into())),
        _ => Ok(known.clone()),
    });
    let lines = lines.unwrap();
    let states: Vec<_> = lines.iter().map(|l| (l.state, l.note.as_str())).collect();
    let expected = [
        (State::Same, ""),
        (State::Missing, "not in the config"),
        (State::Missing, "singular"),
        (State::New, ""),
    ];
    assert_eq!(states, expected);
    assert!(check(&tasks, &Rules::default(), &mut |_| Err(Halt::Interrupted)).is_none());
}

fn hardware(processor: &str) -> Hardware {
    Hardware { processor: processor.into(), threads: 2, system: "linux x86_64".into() }
}

fn accepted(ratio: Vec<Known>) -> Accepted {
    let acceptance = Acceptance {
        date: "2026-01-02T03:04:05Z".into(),
        reason: "first".into(),
        profile: "quick".into(),
        config_hash: "0123".into(),
        code: "remeasure".into(),
        change: String::new(),
    };
    Accepted {
        format: FORMAT,
        experiment: "x".into(),
        profile: "quick".into(),
        config_hash: "0123".into(),
        code: Code::of_this_binary(),
        hardware: hardware("Model 1"),
        log: vec![acceptance],
        ratio,
    }
}

#[test]
fn other_hardware_has_a_wider_margin() {
    let before = accepted(Vec::new());
    assert_eq!((before.margin(&hardware("Model 1")), before.elsewhere(&hardware("Model 1"))), (MARGIN, None));
    assert_eq!(before.margin(&hardware("Model 2")), MARGIN_ELSEWHERE);
    assert!(before.elsewhere(&hardware("Model 2")).unwrap().contains("Model 1 (linux x86_64), here Model 2"));
    let unknown = Accepted { hardware: hardware("unknown"), ..before };
    assert_eq!(unknown.margin(&hardware("unknown")), MARGIN_ELSEWHERE);
    // A ratio that is larger by half alarms here but not on the other processor.
    let (old, new) = (Machine::new(0.4, 0.02, 1).measure(), Machine::new(0.6, 0.02, 2).measure());
    for (margin, state) in [(MARGIN, State::Slower), (MARGIN_ELSEWHERE, State::Same)] {
        let task = Task { margin, ..task(0, Some(&old)) };
        let lines = check(&[task], &Rules::default(), &mut |_| Ok(new.clone())).unwrap();
        assert_eq!(lines[0].state, state, "{lines:?}");
        assert!(lines[0].caught > margin);
    }
}

#[test]
fn files_come_back_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("x/baseline");
    assert_eq!(Accepted::read(&folder).unwrap(), None);
    let ratio: Vec<Known> =
        (0..3).map(|c| Known::of(&place(c), &Machine::new(0.4, 0.05, c as u32).measure())).collect();
    let before = accepted(ratio);
    before.write(&folder).unwrap();
    assert_eq!(Accepted::read(&folder).unwrap(), Some(before.clone()));
    let text = std::fs::read_to_string(folder.join(SPEED)).unwrap();
    assert!(text.len() < 3000, "{text}");
    let broken = [
        ("format = 1", "format = 7", "format 7"),
        ("cell = \"n=1\"", "cell = \"n=0\"", "occurs twice"),
        ("df = 8.0", "df = 0.0", "expected `ratio`, `df`"),
        ("[[ratio]]", "<<<<", "restore it"),
    ];
    for (from, to, message) in broken {
        assert!(text.contains(from), "{text}");
        std::fs::write(folder.join(SPEED), text.replacen(from, to, 1)).unwrap();
        let error = format!("{:#}", Accepted::read(&folder).unwrap_err());
        assert!(error.contains(message) && error.contains(SPEED), "{error}");
    }
}

#[test]
fn every_format_tells_what_became_slower() {
    let (old, new) = (Machine::new(0.4, 0.02, 1).measure(), Machine::new(0.8, 0.02, 2).measure());
    let tasks = [task(1, Some(&old)), task(2, Some(&old)), Task { wanted: false, ..task(3, Some(&old)) }];
    let lines = check(&tasks, &Rules::default(), &mut |i| Ok([&new, &old][i].clone())).unwrap();
    let before = accepted(Vec::new());
    let told = SpeedCheck {
        experiment: "x".into(),
        profile: "quick".into(),
        accepted: before.log[0].clone(),
        before: before.code.clone(),
        now: before.code.clone(),
        causes: vec!["changed: commit".into()],
        lines,
        tests: 2,
        rules: Rules::default(),
    };
    use crate::Format;
    let text = told.render(Format::Text);
    for part in [
        "x, profile quick: speed slower\n",
        "1 same, 1 missing, 1 slower, of 3 pairs × cells",
        "slower: n=1, ours against theirs: ×2",
        "; 0.401 → 0.812 [",
        "missing: n=3",
        "grew by more than ×1.25, one-sided at 1 % after Holm over 2 tests, twice",
        "smallest slowdown that 81 % of checks would catch: ×1.",
        "changed: commit",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let github = told.render(Format::Github);
    assert!(github.starts_with("::error title=x%3A slower::n=1, ours against theirs: ×2"), "{github}");
    assert!(github.contains("\n::error title=x%3A missing::n=3"), "{github}");
    assert!(told.render(Format::Markdown).contains("| slower | n=1 | ours against theirs |"));
    let json: serde_json::Value = serde_json::from_str(&super::json(&[told])).unwrap();
    let check = &json["checks"][0];
    assert_eq!((check["state"].as_str(), check["counts"]["slower"].as_u64()), (Some("slower"), Some(1)));
    assert!(check["ratios"][0]["again"]["ratio"].as_f64().unwrap() > 0.7, "{check}");
    assert!(check["ratios"][2]["now"].is_null() && check["ratios"][2]["p_adjusted"].is_null());
}
