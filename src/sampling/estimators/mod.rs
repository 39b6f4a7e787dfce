//! The estimators. To add one, add it to [`ENTRIES`].

mod step;
mod strings;

use remeasure_core::Invalid;

use crate::estimator::Entry;
use crate::problem::{MOST_PARTICLES, Problem, Source};

/// All estimators that a config can select.
pub const ENTRIES: &[Entry] = &[
    step::TWO_LOOP,
    step::RECURSIVE,
    step::GEOMETRIC,
    step::LIBRARY,
    step::CLOSED,
    strings::LCD,
    strings::FULL_MASK,
    strings::BASE,
    strings::AWRS,
    strings::TWISTED,
    strings::RERANK,
    strings::LCD_LAW,
    strings::TARGET,
];

/// Admits problems of one token.
fn one_token(problem: &Problem) -> Result<(), Invalid> {
    if matches!(problem.source, Source::Step(_) | Source::Given(_)) {
        return Ok(());
    }
    Err(Invalid::new("kind", "it draws one token: for strings, use \"awrs-smc\" with `token`"))
}

/// Admits problems of strings.
fn of_strings(problem: &Problem) -> Result<(), Invalid> {
    if matches!(problem.source, Source::Markov(_) | Source::Text(_)) {
        return Ok(());
    }
    let message = "it makes strings, which only \"markov\" and \"text\" have: use \"two-loop\", \"recursive\" or \
                   \"geometric\"";
    Err(Invalid::new("kind", message))
}

/// Checks a number of particles.
fn check_particles(particles: Option<usize>) -> Result<(), Invalid> {
    match particles {
        Some(n) if !(1..=MOST_PARTICLES).contains(&n) => {
            Err(Invalid::new("particles", format!("expected 1 to {MOST_PARTICLES}, found {n}")))
        }
        _ => Ok(()),
    }
}

/// Checks a threshold of the effective sample size.
fn check_ess(ess: f64) -> Result<(), Invalid> {
    if (0.0..=1.0).contains(&ess) {
        return Ok(());
    }
    Err(Invalid::new("ess", format!("expected a share of the particles, 0 to 1, found {ess}")))
}
