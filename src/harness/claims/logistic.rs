//! Logistic fits of a 0/1 metric, for claims about the place and the width of its transition.

use std::fmt;

use remeasure_core::Invalid;
use remeasure_core::numerics::statistics::LogisticFit;

use super::claim::ClaimSpec;
use super::evidence::successes;
use super::names::Names;
use super::select::{Group, View};
use super::tested::at;

/// The covariate of a logistic fit, shown as `axis/per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Along<'a> {
    /// Short name of the axis.
    pub(super) axis: &'a str,
    /// Axis whose value divides it: along `n` per `p` fits against n/p.
    pub(super) per: Option<&'a str>,
}

impl fmt::Display for Along<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.axis)?;
        self.per.map_or(Ok(()), |per| write!(f, "/{per}"))
    }
}

impl Along<'_> {
    pub(super) fn check_names(self, claim: &ClaimSpec, names: &Names<'_>) -> Result<(), Invalid> {
        claim.several(names, "along", self.axis)?;
        claim.numeric(names, "along", self.axis, false)?;
        match self.per {
            None => Ok(()),
            Some(per) if per == self.axis => {
                Err(Invalid::new("per", "must be a different axis from `along`"))
            }
            Some(per) => claim.numeric(names, "per", per, true),
        }
    }
}

/// The logistic fit of one metric of one estimator over a group of cells that differ along one axis.
pub(super) fn fit(
    view: &mut View<'_>,
    group: &Group,
    (ie, im): (usize, usize),
    along: Along<'_>,
) -> Result<LogisticFit, String> {
    let ia = view.axis(along.axis)?;
    let per = along.per.map(|p| view.axis(p)).transpose()?;
    let (mut x, mut hits, mut trials) = (Vec::new(), Vec::new(), Vec::new());
    for &cell in &view.ordered(&group.cells, ia) {
        let divisor = per.map_or(Ok(1.0), |p| view.number(cell, p))?;
        x.push(view.number(cell, ia)? / divisor);
        let values = view.sample(cell, ie, im)?;
        let count = successes(&values).filter(|_| view.is_event(im));
        hits.push(count.ok_or_else(|| format!("`{}` is not a 0/1 metric", view.store.metrics[im]))?);
        trials.push(values.len() as u64);
    }
    let place = at(&group.label);
    let halves = |low: bool| {
        (0..x.len()).any(|i| if low { 2 * hits[i] <= trials[i] } else { 2 * hits[i] >= trials[i] })
    };
    if !(halves(true) && halves(false)) {
        return Err(format!("the 50 % point lies outside the sweep of {}{place}", along.axis));
    }
    let fitted = LogisticFit::firth(&x, &hits, &trials);
    fitted.ok_or_else(|| format!("no logistic fit along {}{place}", along.axis))
}
