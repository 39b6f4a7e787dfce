//! How a fit ended.

use std::borrow::Cow;
use std::time::Duration;

/// How one estimator ended in one trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The fit met its own stopping rule.
    Ok,
    /// The fit stopped early; its numbers are still recorded.
    NotConverged(String),
    /// No fit; holds the error or panic message.
    Failed(String),
    /// No fit within this time limit.
    TimedOut(Duration),
    /// Not run because the config leaves the estimator out of the cell; holds the reason.
    Skipped(String),
}

impl Outcome {
    /// The word written to `outcomes.csv`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotConverged(_) => "not converged",
            Self::Failed(_) => "failed",
            Self::TimedOut(_) => "timed out",
            Self::Skipped(_) => "skipped",
        }
    }

    /// The message written to `outcomes.csv`; empty for [`Outcome::Ok`].
    #[must_use]
    pub fn message(&self) -> Cow<'_, str> {
        match self {
            Self::Ok => Cow::Borrowed(""),
            Self::NotConverged(m) | Self::Failed(m) | Self::Skipped(m) => Cow::Borrowed(m),
            Self::TimedOut(limit) => {
                Cow::Owned(format!("{NO_FIT_WITHIN}{}", humantime::format_duration(*limit)))
            }
        }
    }

    /// Parses what [`Outcome::word`] and [`Outcome::message`] return; `None` for an unknown word.
    #[must_use]
    pub fn from_words(word: &str, message: String) -> Option<Self> {
        Some(match word {
            "ok" => Self::Ok,
            "not converged" => Self::NotConverged(message),
            "failed" => Self::Failed(message),
            "timed out" => {
                let limit = message.strip_prefix(NO_FIT_WITHIN)?;
                Self::TimedOut(humantime::parse_duration(limit).ok()?)
            }
            "skipped" => Self::Skipped(message),
            _ => return None,
        })
    }

    /// Whether there is a fit whose numbers count.
    #[must_use]
    pub fn has_fit(&self) -> bool {
        matches!(self, Self::Ok | Self::NotConverged(_))
    }
}

/// Start of the message of [`Outcome::TimedOut`].
const NO_FIT_WITHIN: &str = "no fit within ";
