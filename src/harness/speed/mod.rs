//! Speed, as ratios of running times measured in one session: the time of an estimator as a multiple of
//! the time of another one that runs alternately with it on the same data.
//!
//! **Rounds.** A [round](Work) fits both estimators of a `[[speed]]` to the same few replicates of a cell,
//! drawn as in a run. Each is fitted twice, alternately in the orders *a b b a* and *b a a b*. So a
//! machine that becomes slower or faster affects both, and each estimator comes first, or twice in a row,
//! equally often. Only the fits are timed, by the family. Short fits are repeated until the slower
//! estimator takes 20 ms in a round, and the median of its fits counts. Everything runs on one thread.
//!
//! **Ratio.** The result is the 20 % trimmed mean of the logarithms of the rounds' ratios, with its
//! standard error (Tukey and McLaughlin 1963). Other programs slow single rounds by any amount, which
//! would distort a plain mean; and on a quiet machine the standard error of a median of 15 is larger by
//! half. All rounds use the same replicates, as do a baseline and its checks, so the standard error is
//! that of timing, not of the data.
//!
//! **Check.** [`check()`] measures again. A ratio is *slower* if it has grown by more than a margin
//! ([`MARGIN`]; [`MARGIN_ELSEWHERE`] on another processor, where even ratios change) in a one-sided test
//! of Yuen (1974) with Holm's correction over all pairs and cells, and also in a separate second
//! measurement. So noise would have to strike twice in the same place.
//!
//! The baseline is `DIR/EXPERIMENT/baseline/speed.toml`, next to the baseline of the numbers and
//! independent of it.

mod check;
mod file;
mod pairs;
mod ratio;
mod render;
mod rounds;
mod stopwatch;
#[cfg(test)]
mod tests;

pub use check::{Line, Rules, State, Task, check};
pub use file::{Accepted, FORMAT, Known, SPEED};
pub use pairs::{Pair, Place, pairs};
pub use ratio::TimeRatio;
pub use render::{SpeedCheck, json, ratios};
pub use rounds::{Clock, Effort, Halt, Replicates, Times, Work, measure};
pub use stopwatch::Stopwatch;

/// Slowdowns up to this factor are ignored, on the processor that measured the baseline.
pub const MARGIN: f64 = 1.25;
/// The same on another processor.
pub const MARGIN_ELSEWHERE: f64 = 1.6;
