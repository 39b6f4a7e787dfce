//! Regression tracking: baselines and checks.

mod alarms;
mod diff;
mod formats;
mod planted;
mod program;
mod shrinkage;
