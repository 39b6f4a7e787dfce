//! Compares ratios with those of a baseline.

use crate::words::words;
use remeasure_core::numerics::statistics::{Estimate, holm};

use super::file::Known;
use super::pairs::Place;
use super::ratio::TimeRatio;
use super::rounds::Halt;

/// Error rate and power of a check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Upper limit of the probability that anything is falsely called slower; likewise faster.
    pub rate: f64,
    /// Power of each of the two measurements for which the smallest detectable change is reported: 0.9 for
    /// each is 0.81 for both.
    pub power: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { rate: 0.01, power: 0.9 }
    }
}

/// A ratio to check.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its identity.
    pub place: Place,
    /// The baseline's ratio.
    pub before: Option<Known>,
    /// Whether it is still in the config.
    pub wanted: bool,
    /// Changes by less than this factor are ignored.
    pub margin: f64,
}

words! {
    /// State compared with the baseline, from best to worst.
    pub enum State {
        /// No significant change beyond the margin.
        Same = "same",
        /// Fallen significantly by more than the margin, in both measurements.
        Faster = "faster",
        /// Not in the baseline.
        New = "new",
        /// In the baseline, but no longer in the config, or fits fail.
        Missing = "missing",
        /// Grown significantly by more than the margin, in both measurements.
        Slower = "slower",
    }
}

impl State {
    /// Whether a check fails because of it.
    #[must_use]
    pub fn alarms(self) -> bool {
        matches!(self, Self::Missing | Self::Slower)
    }
}

/// A checked ratio.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its identity.
    pub place: Place,
    /// Its state.
    pub state: State,
    /// Changes by less than this factor are ignored.
    pub margin: f64,
    /// The baseline's ratio.
    pub before: Option<Known>,
    /// The first measurement.
    pub now: Option<TimeRatio>,
    /// The second measurement, if the first showed a change.
    pub again: Option<TimeRatio>,
    /// Logarithm of the first measurement divided by the baseline; NaN if either is missing.
    pub growth: Estimate,
    /// p-value of the first measurement in the direction of the change, adjusted for all pairs and cells;
    /// NaN if nothing was tested.
    pub p: f64,
    /// p-value of the second measurement, adjusted for all ratios that were measured twice.
    pub p_again: f64,
    /// The smallest slowdown factor that would have been detected; NaN if nothing was tested.
    pub caught: f64,
    /// Why there is no ratio.
    pub note: String,
}

const UNKNOWN: Estimate = Estimate { value: f64::NAN, se: f64::NAN, df: 0.0, n: 0 };

impl Line {
    fn new(task: &Task) -> Self {
        Self {
            place: task.place.clone(),
            state: if task.before.is_some() { State::Same } else { State::New },
            margin: task.margin,
            before: task.before.clone(),
            now: None,
            again: None,
            growth: UNKNOWN,
            p: f64::NAN,
            p_again: f64::NAN,
            caught: f64::NAN,
            note: String::new(),
        }
    }

    /// Marks it as missing, with the reason.
    fn without(&mut self, note: String) {
        self.state = State::Missing;
        self.note = note;
    }

    /// Logarithm of the measured ratio divided by the baseline's.
    fn growth_of(&self, measured: &TimeRatio) -> Option<Estimate> {
        let before = self.before.as_ref()?.log_ratio();
        Some(Estimate::contrast(&[(1.0, measured.log_ratio), (-1.0, before)]))
    }

    /// p-values for slower and for faster by more than the margin.
    fn p_values(&self, growth: &Estimate) -> [f64; 2] {
        let margin = self.margin.ln();
        [growth.p_above(margin), growth.p_below(-margin)]
    }
}

/// Measures all tasks and compares them with the baseline. Ratios that changed significantly are measured
/// a second time, separately, and count as changed only if the second measurement confirms it. `measure`
/// gets the position of a task. Returns `None` if interrupted.
pub fn check(
    tasks: &[Task],
    rules: &Rules,
    measure: &mut dyn FnMut(usize) -> Result<TimeRatio, Halt>,
) -> Option<Vec<Line>> {
    let mut lines: Vec<Line> = tasks.iter().map(Line::new).collect();
    for (i, line) in lines.iter_mut().enumerate() {
        if !tasks[i].wanted {
            line.without("not in the config".to_owned());
            continue;
        }
        match measure(i) {
            Ok(now) => line.now = Some(now),
            Err(Halt::Interrupted) => return None,
            Err(Halt::Failed(message)) => line.without(message),
        }
    }
    let mut tested = Vec::new();
    for (i, line) in lines.iter_mut().enumerate() {
        if let Some(growth) = line.now.as_ref().and_then(|now| line.growth_of(now)) {
            line.growth = growth;
            tested.push((i, line.p_values(&growth)));
        }
    }
    let [slower, faster] = adjusted(&tested);
    let mut suspects: Vec<(usize, State)> = Vec::new();
    for (k, &(i, _)) in tested.iter().enumerate() {
        let line = &mut lines[i];
        line.p = if line.growth.value > 0.0 { slower[k] } else { faster[k] };
        // One-sided, at the level that a single change needs after Holm's correction.
        let needed = line.growth.detectable(2.0 * rules.rate / tested.len() as f64, rules.power);
        line.caught = line.margin * needed.exp();
        if slower[k] <= rules.rate {
            suspects.push((i, State::Slower));
        } else if faster[k] <= rules.rate {
            suspects.push((i, State::Faster));
        }
    }
    let mut confirmed = Vec::new();
    for &(i, state) in &suspects {
        match measure(i) {
            Ok(again) => {
                let growth = lines[i].growth_of(&again).unwrap_or(UNKNOWN);
                let p = lines[i].p_values(&growth)[usize::from(state == State::Faster)];
                lines[i].again = Some(again);
                confirmed.push((i, state, p));
            }
            Err(Halt::Interrupted) => return None,
            Err(Halt::Failed(message)) => lines[i].without(message),
        }
    }
    let p = holm(&confirmed.iter().map(|c| c.2).collect::<Vec<_>>());
    for (&(i, state, _), p) in confirmed.iter().zip(p) {
        lines[i].p_again = p;
        if p <= rules.rate {
            lines[i].state = state;
        }
    }
    Some(lines)
}

/// Holm's adjustment of the p-values, separately for slower and for faster.
fn adjusted(tested: &[(usize, [f64; 2])]) -> [Vec<f64>; 2] {
    [0, 1].map(|side| holm(&tested.iter().map(|(_, p)| p[side]).collect::<Vec<_>>()))
}
