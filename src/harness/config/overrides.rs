//! What a config may be changed by: the command line, and the look of a run whose replicates grow.

use std::time::Duration;

use toml::Table;

use super::overlay;
use crate::claims::Look;

impl Look {
    /// The look of a stored run, whose resolved config is `stored`.
    #[must_use]
    pub fn stored(profile: &str, stored: &Table) -> Option<Self> {
        let size = stored.get("profile")?.get(profile)?;
        let replicates = u32::try_from(size.get("replicates")?.as_integer()?).ok()?;
        let fewer = size.get(overlay::FEWER).cloned().and_then(|fewer| fewer.try_into().ok());
        Some(Self { replicates, fewer: fewer.unwrap_or_default() })
    }
}

/// Changes to a config from the command line.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--set KEY=VALUE`, in order.
    pub set: Vec<String>,
    /// `--replicates N`.
    pub replicates: Option<u32>,
    /// `--seed N`.
    pub seed: Option<u64>,
    /// Double the replicates until every claim is decided.
    pub until_decided: bool,
    /// Most replicates of a look, instead of the profile's.
    pub max_replicates: Option<u32>,
    /// The present look, of a run whose profile has looks.
    pub look: Option<Look>,
    /// Time limit of every fit, instead of the config's.
    pub time_limit: Option<Duration>,
    /// Memory limit of the whole run in bytes, instead of the config's.
    pub memory: Option<u64>,
}

impl Overrides {
    /// Whether the command line changes more than the number of replicates.
    #[must_use]
    pub fn change_settings(&self) -> bool {
        !self.set.is_empty() || self.seed.is_some()
    }

    /// Whether the command line changes nothing that numbers depend on. Limits do not count: a run has
    /// the same name with and without them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.replicates.is_none() && self.seed.is_none()
    }

    /// Whether the config's own text is still complete: no overrides, not even limits.
    #[must_use]
    pub fn leave_the_text(&self) -> bool {
        let looks = self.until_decided || self.max_replicates.is_some();
        self.is_empty() && !looks && self.time_limit.is_none() && self.memory.is_none()
    }
}
