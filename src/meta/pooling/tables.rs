//! Methods that pool 2 × 2 tables rather than effects.

use anyhow::ensure;

use super::{Pooled, excess, percent};
use crate::studies::{Counts, Effect, Measure};

/// A pooled estimate with the `Q` of single effects around it.
fn around(estimate: f64, se: f64, effects: &[Option<Effect>], weights: Vec<f64>) -> anyhow::Result<Pooled> {
    ensure!(estimate.is_finite() && se.is_finite() && se > 0.0, "the pooled estimate is not finite");
    let used = effects.iter().flatten();
    let q = used.clone().map(|e| (e.value - estimate).powi(2) / e.variance).sum();
    let studies = used.count();
    Ok(Pooled {
        estimate,
        se,
        q,
        studies,
        weights,
        i2: excess(q, studies),
        between: None,
        profile: None,
        gradient: None,
        shortfall: None,
    })
}

/// Mantel and Haenszel's estimate from uncorrected cells: the log of the odds ratio (variance of Robins, Breslow and
/// Greenland 1986) or of the risk ratio (Greenland and Robins 1985), or the risk difference (Sato, Greenland and Robins
/// 1989). Its `Q` and number of studies leave out double-zero tables and take ½ added to the cells of a table with a zero,
/// as metafor does.
///
/// # Errors
/// The tables have no events in one of the arms, so that the ratio is 0 or infinite, or no table can be pooled.
pub fn mantel_haenszel(tables: &[Counts], measure: Measure) -> anyhow::Result<Pooled> {
    let informative = |t: &&Counts| !t.is_double_zero();
    ensure!(tables.iter().any(|t| informative(&t)), "no table can be pooled: all are double zeros");
    let effects: Vec<Option<Effect>> =
        tables.iter().map(|t| informative(&t).then(|| t.effect(measure)).flatten()).collect();
    let (mut up, mut down) = (0.0, 0.0);
    // Sums of the variance, see below.
    let (mut first, mut second, mut third) = (0.0, 0.0, 0.0);
    let mut weights = Vec::with_capacity(tables.len());
    for table in tables {
        let [a, b, c, d] = table.cells();
        let [n1, n2] = table.sizes;
        let n = n1 + n2;
        let (high, low) = match measure {
            Measure::OddsRatio => (a * d / n, b * c / n),
            Measure::RiskRatio => (a * n2 / n, c * n1 / n),
            Measure::RiskDifference => (a * n2 / n - c * n1 / n, n1 * n2 / n),
        };
        up += high;
        down += low;
        weights.push(Some(low));
        match measure {
            Measure::OddsRatio => {
                let (p, q) = ((a + d) / n, (b + c) / n);
                first += p * high;
                second += p * low + q * high;
                third += q * low;
            }
            Measure::RiskRatio => first += (n1 / n) * (n2 / n) * (a + c) - a * c / n,
            Measure::RiskDifference => {
                first += c * (n1 / n).powi(2) - a * (n2 / n).powi(2) + 0.5 * (n1 / n) * (n2 / n) * (n2 - n1);
                second += 0.5 * (a * d + c * b) / n;
            }
        }
    }
    if measure.is_ratio() {
        ensure!(
            up > 0.0 && down > 0.0,
            "the pooled ratio is {}: over all studies, one side of it has no events",
            if up > 0.0 { "infinite" } else { "zero" }
        );
    }
    let (estimate, variance) = match measure {
        Measure::OddsRatio => {
            let parts = first / (2.0 * up * up) + second / (2.0 * up * down) + third / (2.0 * down * down);
            ((up / down).ln(), parts)
        }
        Measure::RiskRatio => ((up / down).ln(), first / (up * down)),
        Measure::RiskDifference => (up / down, (up / down * first + second) / (down * down)),
    };
    around(estimate, variance.sqrt(), &effects, percent(&weights, |w| *w))
}

/// Peto's log odds ratio (Yusuf et al. 1985): `Σ(O − E)/ΣV` with variance `1/ΣV`, without any correction.
///
/// # Errors
/// All tables are double zeros.
pub fn peto(tables: &[Counts]) -> anyhow::Result<Pooled> {
    let effects: Vec<Option<Effect>> = tables.iter().map(Counts::peto).collect();
    let used = || effects.iter().flatten();
    let information: f64 = used().map(|e| 1.0 / e.variance).sum();
    ensure!(information > 0.0, "no table can be pooled: all are double zeros");
    let estimate = used().map(|e| e.value / e.variance).sum::<f64>() / information;
    around(estimate, information.sqrt().recip(), &effects, percent(&effects, |e| 1.0 / e.variance))
}
