//! Methods of pooling.

use anyhow::bail;
use remeasure_core::entry;
use remeasure_core::params::{Check, Invalid};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, Fit};
use crate::pooling::{self, Pooled};
use crate::problem::{Data, Problem};
use crate::studies::{Known, Measure, Studies};

/// Refuses a problem without studies.
fn admit_studies(problem: &Problem) -> Result<&Studies, Invalid> {
    match problem {
        Problem::Pooling { studies, .. } => Ok(studies),
        _ => {
            let message =
                "it pools studies, kind = \"remdesivir\" or \"csv\": use \"model\" for recorded answers";
            Err(Invalid::new("kind", message))
        }
    }
}

/// Refuses studies of which only effects are known.
fn admit_counts(problem: &Problem) -> Result<Measure, Invalid> {
    match &admit_studies(problem)?.known {
        Known::Counts(_, measure) => Ok(*measure),
        Known::Effects(_) => {
            let message = "it pools events, the columns events_1, n_1, events_2 and n_2: use \"fixed-effect\" for effects";
            Err(Invalid::new("kind", message))
        }
    }
}

/// A method without keys: its type, registration, name, description, condition and function of the studies.
macro_rules! method {
    ($type:ident, $entry:ident, $name:literal, $about:literal, $admit:expr, $pool:expr) => {
        /// Has no keys.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $type {}

        /// Registers the estimator.
        pub(super) const $entry: Entry = entry!($type, $name, $about);

        impl Check for $type {}

        impl Estimator for $type {
            fn admit(&self, problem: &Problem) -> Result<(), Invalid> {
                let admit: fn(&Problem) -> Result<(), Invalid> = $admit;
                admit(problem)
            }

            fn fit(&self, data: &Data) -> anyhow::Result<Fit> {
                let Data::Studies(studies) = data else { bail!("there are no studies to pool") };
                let pool: fn(&Studies) -> anyhow::Result<Pooled> = $pool;
                Ok(Fit::Pooled(Box::new(pool(studies)?)))
            }
        }
    };
}

method!(
    FixedEffect,
    FIXED_EFFECT,
    "fixed-effect",
    "weights 1/v: all studies share one effect",
    |problem| admit_studies(problem).map(|_| ()),
    pooling::fixed_effect
);
method!(
    MantelHaenszel,
    MANTEL_HAENSZEL,
    "mantel-haenszel",
    "Mantel and Haenszel's ratio or difference (studies with events only)",
    |problem| admit_counts(problem).map(|_| ()),
    |studies| match &studies.known {
        Known::Counts(tables, measure) => pooling::mantel_haenszel(tables, *measure),
        Known::Effects(_) => bail!("there are no events to pool"),
    }
);
method!(
    Peto,
    PETO,
    "peto",
    "Peto's one-step odds ratio (odds ratios of studies with events only)",
    |problem| match admit_counts(problem)? {
        Measure::OddsRatio => Ok(()),
        other => {
            let message = format!("it estimates an odds ratio, not a {other}: set measure = \"odds-ratio\"");
            Err(Invalid::new("kind", message))
        }
    },
    |studies| match &studies.known {
        Known::Counts(tables, Measure::OddsRatio) => pooling::peto(tables),
        _ => bail!("there are no odds ratios to pool"),
    }
);
method!(
    DersimonianLaird,
    DERSIMONIAN_LAIRD,
    "dersimonian-laird",
    "random effects, τ² by DerSimonian and Laird",
    |problem| admit_studies(problem).map(|_| ()),
    |studies| pooling::random_effects(studies, pooling::dersimonian_laird)
);
method!(
    Hedges,
    HEDGES,
    "hedges",
    "random effects, τ² by Hedges",
    |problem| admit_studies(problem).map(|_| ()),
    |studies| pooling::random_effects(studies, pooling::hedges)
);
method!(
    Reml,
    REML,
    "reml",
    "random effects, τ² by restricted maximum likelihood",
    |problem| admit_studies(problem).map(|_| ()),
    |studies| pooling::random_effects(studies, pooling::reml)
);
method!(
    PauleMandel,
    PAULE_MANDEL,
    "paule-mandel",
    "random effects, τ² by Paule and Mandel",
    |problem| admit_studies(problem).map(|_| ()),
    |studies| pooling::random_effects(studies, pooling::paule_mandel)
);
method!(
    LargestStudy,
    LARGEST_STUDY,
    "largest-study",
    "the yardstick that keeps the most precise study alone",
    |problem| admit_studies(problem).map(|_| ()),
    pooling::largest_study
);
