//! Speed, as ratios measured in one go: how long an estimator takes, as a multiple of the time of
//! another one that runs in turns with it on the same data.
//!
//! **Rounds.** A [`Round`](Work) fits both estimators of a `[[speed]]` to the same few replicates of
//! a cell, drawn as in a run, each twice in the order *a b b a* or, the next time, *b a a b*: a
//! machine that grows slower or faster in between slows both, and whoever comes first or twice in a
//! row does so equally often. Only fits count, as the family times them. Short fits are repeated
//! until the slower one takes 20 ms in a round, of which each fit's median counts. It all happens on
//! one thread.
//!
//! **Ratio.** Of the logarithms of the rounds' ratios the 20 % trimmed mean is taken, with its
//! standard error (Tukey and McLaughlin 1963): other programs slow single rounds, by any amount, of
//! which a mean would keep a share, and a median of 15 has half again the standard error on a quiet
//! machine. All rounds have the same replicates, and so have a baseline and its checks: the
//! standard error is that of timing, not of the data.
//!
//! **Check.** [`check()`] measures again and calls *slower* what is slower by more than a margin
//! ([`MARGIN`]; [`MARGIN_ELSEWHERE`] on another processor, where even ratios change), in a one-sided
//! test of Yuen (1974) with Holm's correction over all pairs and cells, and is so again in a second
//! measurement of its own. Noise must strike twice, at the same place.
//!
//! The baseline is `DIR/EXPERIMENT/baseline/speed.toml`, beside that of the numbers and independent
//! of it.

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

/// Slower by this factor counts as the same, on the processor that measured the baseline.
pub const MARGIN: f64 = 1.25;
/// The same on another processor.
pub const MARGIN_ELSEWHERE: f64 = 1.6;
