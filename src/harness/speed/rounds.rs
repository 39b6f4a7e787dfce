//! Rounds of one estimator against another, whatever the clock.

use std::time::Duration;

use super::ratio::TimeRatio;
use crate::config::LEAST_ROUNDS;

/// Seconds that the slower of both takes in a round, at least.
const LEAST_SECONDS: f64 = 0.02;
/// Share of the budget that the rounds are planned to take; the rest is for calibration.
const PLANNED: f64 = 0.8;
/// Calls of a fit that takes no time at all, at most.
const MOST_PASSES: f64 = 1e5;

/// What a round does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Replicates of the cell, from the first one.
    pub replicates: u32,
    /// How often both estimators are fitted twice to each of them.
    pub passes: u32,
}

impl Work {
    /// Fits of either estimator.
    #[must_use]
    pub fn fits(self) -> f64 {
        2.0 * f64::from(self.replicates) * f64::from(self.passes)
    }
}

/// What a round took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Seconds of all fits of the estimator and of the one that it is compared with, were each the
    /// median of its like.
    pub seconds: [f64; 2],
    /// Seconds of it all, with drawing the data and measuring what the fits gave.
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

/// Why nothing was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The user wants to stop.
    Interrupted,
    /// A fit failed, with this message.
    Failed(String),
}

/// Does a round and tells what it took.
pub type Clock<'a> = dyn FnMut(Work) -> Result<Times, Halt> + 'a;

/// How many replicates a round has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replicates {
    /// So many at most, as the budget allows.
    UpTo(u32),
    /// So many, lest the ratio be one of other data.
    Exactly(u32),
}

/// How much is done for one ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Rounds that count, at most.
    pub repeats: u32,
    /// Time for all of it. It is exceeded where seven rounds of a single pass take longer.
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
            Err(Halt::Failed("a fit took no time that the clock can tell".to_owned()))
        }
    }

    /// What a round takes on warm caches, without much of what other programs add to it.
    fn calibrate(&mut self, work: Work) -> Result<Times, Halt> {
        let first = self.round(work)?;
        if first.slower() >= LEAST_SECONDS {
            return Ok(first);
        }
        Ok(first.least(self.round(work)?))
    }
}

/// Measures a ratio: sizes a round so that the slower estimator takes 20 ms where the budget allows,
/// does one that does not count, and then as many as asked for; where the budget is used up, fewer,
/// but seven at least.
///
/// # Errors
/// What kept the clock from telling.
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
            // A float as a whole number saturates, and NaN is 0.
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
    // The same work once more would warm nothing up.
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
