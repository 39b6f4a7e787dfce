//! Rounds of one estimator against another, with any clock.

use std::time::Duration;

use super::ratio::TimeRatio;
use crate::config::LEAST_ROUNDS;

/// Minimum time in seconds of the slower estimator in a round.
const LEAST_SECONDS: f64 = 0.02;
/// Fraction of the budget planned for the rounds; the rest is for calibration.
const PLANNED: f64 = 0.8;
/// Maximum number of passes, for fits that take almost no time.
const MOST_PASSES: f64 = 1e5;

/// The work of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Number of replicates of the cell, from the first one.
    pub replicates: u32,
    /// Number of passes; in each, both estimators are fitted twice to each replicate.
    pub passes: u32,
}

impl Work {
    /// Number of fits of each estimator.
    #[must_use]
    pub fn fits(self) -> f64 {
        2.0 * f64::from(self.replicates) * f64::from(self.passes)
    }
}

/// The times of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Seconds of all fits of the estimator and of the one it is compared with, as the median fit times
    /// the number of fits.
    pub seconds: [f64; 2],
    /// Seconds of the whole round, including drawing the data and evaluating the fits.
    pub wall: f64,
}

impl Times {
    fn slower(&self) -> f64 {
        self.seconds[0].max(self.seconds[1])
    }

    fn least(self, other: Self) -> Self {
        let [a, b] = [0, 1].map(|i| self.seconds[i].min(other.seconds[i]));
        Self { seconds: [a, b], wall: self.wall.min(other.wall) }
    }
}

/// Reason why nothing was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The user interrupted it.
    Interrupted,
    /// A fit failed, with this message.
    Failed(String),
}

/// Runs a round and returns its times.
pub type Clock<'a> = dyn FnMut(Work) -> Result<Times, Halt> + 'a;

/// Number of replicates of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicates {
    /// At most this many, depending on the budget.
    UpTo(u32),
    /// Exactly this many, so that the ratio is for the same data.
    Exactly(u32),
}

/// Effort for one ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Maximum number of rounds, without the warm-up.
    pub repeats: u32,
    /// Time for everything. It is exceeded if seven rounds of a single pass take longer.
    pub budget: Duration,
    /// Replicates of a round.
    pub replicates: Replicates,
}

struct Session<'a, 'b> {
    clock: &'a mut Clock<'b>,
    spent: f64,
}

impl Session<'_, '_> {
    fn round(&mut self, work: Work) -> Result<Times, Halt> {
        let times = (self.clock)(work)?;
        self.spent += times.wall;
        if times.seconds.iter().all(|s| *s > 0.0 && s.is_finite()) {
            Ok(times)
        } else {
            Err(Halt::Failed("a fit took no time that the clock can measure".to_owned()))
        }
    }

    /// Times of a round on warm caches, with little disturbance by other programs.
    fn calibrate(&mut self, work: Work) -> Result<Times, Halt> {
        let first = self.round(work)?;
        if first.slower() >= LEAST_SECONDS {
            return Ok(first);
        }
        Ok(first.least(self.round(work)?))
    }
}

/// Measures a ratio. Chooses the size of a round so that the slower estimator takes 20 ms if the budget
/// allows, runs a warm-up round that does not count, and then the requested number of rounds; fewer if the
/// budget is used up, but at least seven.
///
/// # Errors
/// If the clock was interrupted, or a fit failed or took no time.
pub fn measure(clock: &mut Clock<'_>, effort: &Effort) -> Result<TimeRatio, Halt> {
    let mut session = Session { clock, spent: 0.0 };
    let budget = effort.budget.as_secs_f64();
    let of_a_round = PLANNED * budget / f64::from(effort.repeats.max(1));
    let one = Work { replicates: 1, passes: 1 };
    let mut known = None;
    let replicates = match effort.replicates {
        Replicates::Exactly(n) => n.max(1),
        Replicates::UpTo(most) => {
            let times = session.calibrate(one)?;
            known = Some(times);
            // The cast to an integer saturates, and maps NaN to 0.
            ((of_a_round / times.wall) as u32).clamp(1, most.max(1))
        }
    };
    let mut work = Work { replicates, passes: 1 };
    let times = match known {
        Some(times) if work == one => times,
        _ => session.calibrate(work)?,
    };
    let wanted = (LEAST_SECONDS / times.slower()).ceil().min(of_a_round / times.wall);
    work.passes = wanted.clamp(1.0, MOST_PASSES) as u32;
    // The calibration was the warm-up for a single pass.
    if work.passes > 1 {
        session.round(work)?;
    }
    let least = LEAST_ROUNDS.min(effort.repeats) as usize;
    let mut times = Vec::with_capacity(effort.repeats as usize);
    while times.len() < effort.repeats as usize && (times.len() < least || session.spent < budget) {
        times.push(session.round(work)?);
    }
    Ok(TimeRatio::of(&times, work))
}
