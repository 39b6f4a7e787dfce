//! Ratios beside those of a baseline.

use crate::words::words;
use remeasure_core::numerics::statistics::{Estimate, holm};

use super::file::Known;
use super::pairs::Place;
use super::ratio::Measured;
use super::rounds::Halt;

/// How a check judges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Probability of calling anything slower that is not, at most; likewise faster.
    pub rate: f64,
    /// Power of each of the two measurements at which the smallest change that would have been
    /// caught is stated: .9 of either is .81 of both.
    pub power: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { rate: 0.01, power: 0.9 }
    }
}

/// A ratio to be checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// What it is called.
    pub place: Place,
    /// The baseline's.
    pub before: Option<Known>,
    /// Whether the config still asks for it.
    pub wanted: bool,
    /// Changes by less than this factor count as none.
    pub margin: f64,
}

words! {
    /// How a ratio stands to the baseline's; the later, the worse.
    pub enum State {
        /// Not shown to have changed by more than the margin.
        Same = "same",
        /// Shown to have fallen by more than the margin, twice.
        Faster = "faster",
        /// Not in the baseline.
        New = "new",
        /// In the baseline, but not in the config any more, or fits fail.
        Missing = "missing",
        /// Shown to have grown by more than the margin, twice.
        Slower = "slower",
    }
}

impl State {
    /// Whether a check fails by it.
    #[must_use]
    pub fn alarms(self) -> bool {
        matches!(self, Self::Missing | Self::Slower)
    }
}

/// A ratio that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is called.
    pub place: Place,
    /// How it stands.
    pub state: State,
    /// Changes by less than this factor count as none.
    pub margin: f64,
    /// The baseline's.
    pub before: Option<Known>,
    /// As measured first.
    pub now: Option<Measured>,
    /// As measured for the second time, where the first time told of a change.
    pub again: Option<Measured>,
    /// Logarithm of the first measurement by the baseline; NaN where a side is missing.
    pub growth: Estimate,
    /// p-value of the first measurement for the direction it points to, adjusted for all pairs and
    /// cells; NaN where nothing was tested.
    pub p: f64,
    /// The same of the second measurement, adjusted for all that were measured twice.
    pub p_again: f64,
    /// The least factor of slowing down that would have been caught; NaN where nothing was tested.
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

    /// It cannot be measured, for this reason.
    fn without(&mut self, note: String) {
        self.state = State::Missing;
        self.note = note;
    }

    /// Logarithm of what was measured by the baseline.
    fn growth_of(&self, measured: &Measured) -> Option<Estimate> {
        let before = self.before.as_ref()?.log_ratio();
        Some(Estimate::contrast(&[(1.0, measured.log_ratio), (-1.0, before)]))
    }

    /// p-values for slower and for faster than the margin allows.
    fn p_values(&self, growth: &Estimate) -> [f64; 2] {
        let margin = self.margin.ln();
        [growth.p_above(margin), growth.p_below(-margin)]
    }
}

/// Measures all tasks and compares them with the baseline: those that are shown to have changed are
/// measured a second time, on their own, and have changed only where that shows it too. `measure`
/// gets the position of a task. `None` where it was interrupted.
pub fn check(
    tasks: &[Task],
    rules: &Rules,
    measure: &mut dyn FnMut(usize) -> Result<Measured, Halt>,
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
        // One-sided, at the level that a lone change needs.
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

/// Holm's adjustment of the p-values for slower, and apart from them of those for faster.
fn adjusted(tested: &[(usize, [f64; 2])]) -> [Vec<f64>; 2] {
    [0, 1].map(|side| holm(&tested.iter().map(|(_, p)| p[side]).collect::<Vec<_>>()))
}
