use super::prelude::*;
use crate::select::Statistic;

pub(super) const FORM: Form =
    Form::new::<Within>("within", "a mean, a median or a ratio lies within bounds or near a value").pooled();

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Within {
    /// Metric that is measured.
    metric: String,
    /// Estimator that is measured.
    estimator: String,
    /// Estimator whose values divide those of `estimator`.
    relative_to: Option<String>,
    /// The statistic over the replicates of a cell; with `relative_to`, the ratio of means or the median of ratios.
    #[serde(default)]
    statistic: Statistic,
    /// Lower bound.
    lower: Option<f64>,
    /// Upper bound.
    upper: Option<f64>,
    /// Largest distance from `published` or `expected`, instead of bounds.
    tolerance: Option<f64>,
    /// The same, relative to `published` or `expected`.
    relative_tolerance: Option<f64>,
}

impl Test for Within {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        vec![
            (Metric, "metric", Some(&self.metric)),
            (Estimator, "estimator", Some(&self.estimator)),
            (Estimator, "relative_to", self.relative_to.as_deref()),
        ]
    }

    fn limits(&self, claim: &ClaimSpec) -> Result<Option<Limits>, Invalid> {
        Limits::read((self.lower, self.upper), (self.tolerance, self.relative_tolerance), claim).map(Some)
    }

    fn check(&self, claim: &ClaimSpec) -> Result<(), Invalid> {
        let poolable = claim.common.over == Over::Each || self.statistic == Statistic::Mean;
        require(poolable, "over", "\"pooled\" averages means; a median is tested in each cell")?;
        not_itself(&self.estimator, self.relative_to.as_deref())
    }

    fn reported(&self) -> Option<(&str, &str, Statistic)> {
        self.relative_to.is_none().then_some((&self.metric, &self.estimator, self.statistic))
    }

    fn evaluate(&self, view: &mut View<'_>, _: &[Curve]) -> Evaluated {
        let (metric, estimator, level) = (&self.metric, &self.estimator, view.spec.level());
        let limits = view.limits()?;
        let (ie, im) = (view.estimator(estimator)?, view.metric(metric)?);
        let reference = self.relative_to.as_ref().map(|r| view.estimator(r)).transpose()?;
        let (mut groups, mut notes) = (Vec::new(), Vec::new());
        let (mut estimates, mut counts) = (Vec::new(), Vec::new());
        for group in view.groups(&[]) {
            let cell = group.cells[0];
            let (bounds, target) = limits.of(view, &group)?;
            let evidence = match (self.statistic, reference) {
                (Statistic::Median, None) => median(&view.sample(cell, ie, im)?, bounds, level),
                (Statistic::Median, Some(ir)) => {
                    let pairs = view.pairs(cell, (ie, ir), im, true)?;
                    median(&pairs.iter().map(|(x, y)| x / y).collect::<Vec<_>>(), bounds, level)
                }
                (Statistic::Mean, Some(ir)) => {
                    let pairs = view.pairs(cell, (ie, ir), im, false)?;
                    let ratio = ratio_of_means(&pairs, &group.label, &mut notes)?;
                    estimates.push(ratio);
                    counts.push(None);
                    region(ratio, bounds, level, "t test of the ratio (delta method)")
                }
                (Statistic::Mean, None) => {
                    let values = view.sample(cell, ie, im)?;
                    let estimate = Estimate::of_mean(&values, 0.0);
                    let rates = [bounds.lower, bounds.upper]
                        .iter()
                        .all(|b| b.is_infinite() || (0.0..=1.0).contains(b));
                    let rates = rates && view.is_event(im);
                    let binary = successes(&values).filter(|_| rates).map(|k| (k, values.len() as u64));
                    estimates.push(estimate);
                    counts.push(binary);
                    match binary {
                        Some((k, n)) => rate(k, n, 1, bounds, level),
                        None => region(estimate, bounds, level, "t test"),
                    }
                }
            };
            groups.push((group.label, Evidence { target, cell: Some(cell), ..evidence }));
        }
        // Cells with separate values are not averaged.
        if let (Over::Pooled, Limits::Same(bounds)) = (view.spec.common.over, &limits) {
            let evidence = pooled(&estimates, &counts, *bounds, level);
            groups = vec![(average(view.cells.len()), evidence)];
        }
        let measures = match (self.statistic, &self.relative_to) {
            (Statistic::Mean, None) => format!("mean of {metric} of {estimator}"),
            (Statistic::Mean, Some(other)) => format!("mean of {metric} of {estimator} / mean of {other}"),
            (Statistic::Median, None) => format!("median of {metric} of {estimator}"),
            (Statistic::Median, Some(other)) => format!("median ratio of {metric} of {estimator} / {other}"),
        };
        Ok(Tested { groups, measures, hypothesis: limits.hypothesis(), notes })
    }
}

fn pooled(estimates: &[Estimate], counts: &[Option<(u64, u64)>], bounds: Bounds, level: f64) -> Evidence {
    let binary: Option<Vec<(u64, u64)>> = counts.iter().copied().collect();
    match binary {
        // Over all trials: the binomial tail is a bound for unequal rates, too (Hoeffding 1956).
        Some(c) => {
            let (k, n) = c.iter().fold((0, 0), |(k, n), (a, b)| (k + a, n + b));
            rate(k, n, c.len() as u64, bounds, level)
        }
        None => region(pool(estimates), bounds, level, "t test on the average"),
    }
}
