//! Learning rates over time.

/// How the learning rate changes from step 0 to the last of `total` steps.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// Always the same.
    #[default]
    Constant,
    /// From 1 to `to` along half a cosine.
    Cosine {
        /// Share of the rate at `total`.
        to: f64,
    },
    /// From 1 to `to` along a line.
    Linear {
        /// Share of the rate at `total`.
        to: f64,
    },
    /// Multiplied by `factor` after every `every` steps.
    Step {
        /// Steps between two changes, at least 1.
        every: usize,
        /// What the rate is multiplied by.
        factor: f64,
    },
}

impl Schedule {
    /// The rate of step `step` (from 0) of `total`, as a multiple of the first.
    #[must_use]
    pub fn share(&self, step: usize, total: usize) -> f64 {
        let time = step as f64 / total.max(1) as f64;
        match *self {
            Self::Constant => 1.0,
            Self::Cosine { to } => to + (1.0 - to) * 0.5 * (1.0 + (std::f64::consts::PI * time).cos()),
            Self::Linear { to } => (1.0 - time) + to * time,
            Self::Step { every, factor } => {
                factor.powi(i32::try_from(step / every.max(1)).unwrap_or(i32::MAX))
            }
        }
    }

    /// The same after a linear warm-up: step `t` of the first `warmup` has `(t + 1) / warmup` of the rate; the schedule
    /// begins after them.
    #[must_use]
    pub fn share_after(&self, warmup: usize, step: usize, total: usize) -> f64 {
        match step.checked_sub(warmup) {
            None => (step + 1) as f64 / warmup as f64,
            Some(step) => self.share(step, total.saturating_sub(warmup)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_pass_their_known_points() {
        let at = |schedule: Schedule| [0, 50, 75, 100].map(|t| schedule.share(t, 100));
        assert_eq!(at(Schedule::Constant), [1.0; 4]);
        assert_eq!(at(Schedule::Step { every: 50, factor: 0.5 }), [1.0, 0.5, 0.5, 0.25]);
        for (schedule, expected) in [
            (Schedule::Linear { to: 0.2 }, [1.0, 0.6, 0.4, 0.2]),
            (Schedule::Cosine { to: 0.1 }, [1.0, 0.55, 0.55 - 0.45 * 0.5_f64.sqrt(), 0.1]),
        ] {
            for (found, expected) in at(schedule).iter().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{schedule:?}: {found} {expected}");
            }
        }
        let warm = [0, 9, 10, 60, 110].map(|t| Schedule::Linear { to: 0.0 }.share_after(10, t, 110));
        assert_eq!(warm, [0.1, 1.0, 1.0, 0.5, 0.0]);
    }
}
