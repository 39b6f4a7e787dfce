//! Whose claim it is, and how its published number was got.

use schemars::JsonSchema;

use crate::words::words;

words! {
    /// Who makes a claim. Only what a paper or its code says counts when we say how much of a paper is reproduced.
    #[derive(Default, JsonSchema)]
    #[schemars(rename_all = "kebab-case")]
    pub enum Origin {
        /// The paper's text, tables or figures say it.
        #[default]
        Paper = "paper",
        /// The authors' released code, logs or stored results say it.
        Code = "code",
        /// Our own theory, derivation or yardstick.
        Derived = "derived",
        /// A check of our own implementation.
        Check = "check",
    }
}

impl Origin {
    /// Whether the paper or its authors' code makes the claim.
    #[must_use]
    pub fn is_the_papers(self) -> bool {
        matches!(self, Self::Paper | Self::Code)
    }
}

words! {
    /// How a published number was got.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "kebab-case")]
    pub enum Evidence {
        /// Read in the paper's text.
        Text = "text",
        /// Read in a table of the paper.
        Table = "table",
        /// Read off a figure.
        Figure = "figure",
        /// Computed from results that the authors stored.
        StoredResults = "stored-results",
        /// Reported by somebody else; we did not see the original.
        SecondHand = "second-hand",
    }
}

/// The mark behind a published number that was not simply read; empty for others. `error` is that of a reading.
pub(super) fn mark(evidence: Option<Evidence>, error: Option<f64>) -> String {
    match (evidence, error) {
        (Some(Evidence::SecondHand), Some(error)) => format!(" (second-hand, ± {error})"),
        (Some(Evidence::SecondHand), None) => " (second-hand)".to_owned(),
        (Some(Evidence::Figure), Some(error)) => format!(" (read off a figure, ± {error})"),
        (Some(Evidence::Figure), None) => " (read off a figure)".to_owned(),
        _ => String::new(),
    }
}
