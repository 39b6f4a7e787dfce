//! Regression tracking: baselines and checks.

mod alarms;
mod diff;
mod formats;
mod history;
mod planted;
mod program;
mod shrinkage;
mod speed;
mod stale;
mod style;
