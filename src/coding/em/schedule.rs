//! Annealing.

/// Where annealing stands in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anneal {
    /// `T`, at least 1.
    pub temperature: f64,
    /// From 0, all data are used, to 1, only those that by the prior have at most `γ` causes.
    pub cut: f64,
}

/// The temperature falls, and the cut of the data rises, along lines until they stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Number of steps.
    pub iterations: usize,
    /// Temperature of the first step.
    pub temperature: f64,
    /// Share of the steps after which the temperature is 1.
    pub cooled: f64,
    /// Share of the steps after which the cut is full; `None` if there is none.
    pub cut: Option<f64>,
}

impl Schedule {
    /// At step `k`, from 0.
    #[must_use]
    pub fn at(&self, k: usize) -> Anneal {
        // Down to an integer; the product of a share such as 2/3 may fall short of it by rounding.
        let knot = |share: f64| (self.iterations as f64 * share + 1e-9).floor();
        let along = |knot: f64| if (k as f64) < knot { k as f64 / knot } else { 1.0 };
        let temperature = self.temperature + (1.0 - self.temperature) * along(knot(self.cooled));
        Anneal { temperature, cut: self.cut.map_or(0.0, |share| along(knot(share))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_of_the_library_has_its_knots() {
        let schedule = Schedule { iterations: 150, temperature: 5.0, cooled: 0.8, cut: Some(2.0 / 3.0) };
        for (k, temperature, cut) in
            [(0, 5.0, 0.0), (1, 5.0 - 4.0 / 120.0, 0.01), (90, 2.0, 0.9), (120, 1.0, 1.0), (149, 1.0, 1.0)]
        {
            let at = schedule.at(k);
            assert!(
                (at.temperature - temperature).abs() < 1e-14 && (at.cut - cut).abs() < 1e-14,
                "{k}: {at:?}"
            );
        }
        let cold = Schedule { temperature: 1.0, cut: None, ..schedule };
        assert_eq!(cold.at(3), Anneal { temperature: 1.0, cut: 0.0 });
    }
}
