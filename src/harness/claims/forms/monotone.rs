use remeasure_core::numerics::statistics::mean;

use super::prelude::*;

pub(super) const FORM: Form = Form::new::<Monotone>(
    "monotone",
    "a mean, a ratio of means, or the place or width of a transition moves one way along an axis",
);

/// The statistic that is claimed to change monotonically.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MonotoneStatistic {
    /// Mean over replicates.
    #[default]
    Mean,
    /// 50 % point of a logistic fit.
    Midpoint,
    /// Distance between the 10 % and 90 % points of a logistic fit.
    Width,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Monotone {
    /// Metric that is measured.
    metric: String,
    /// Estimator that is measured.
    estimator: String,
    /// Estimator whose mean divides that of `estimator`; for means only.
    relative_to: Option<String>,
    /// Axis along which the statistic changes.
    axis: String,
    /// The direction of the change.
    direction: Direction,
    /// The statistic that changes.
    #[serde(default)]
    pub(super) statistic: MonotoneStatistic,
    /// Axis of the logistic fits; for `midpoint` and `width` only.
    along: Option<String>,
    /// Axis whose values divide those of `along`.
    per: Option<String>,
    /// Largest difference of means that counts as zero; by default the rounding error of numbers of order 1.
    resolution: Option<f64>,
}

impl Monotone {
    /// The covariate of the logistic fits.
    pub(super) fn along(&self) -> Option<Along<'_>> {
        self.along.as_deref().map(|axis| Along { axis, per: self.per.as_deref() })
    }
}

impl Test for Monotone {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        vec![
            (Metric, "metric", Some(&self.metric)),
            (Estimator, "estimator", Some(&self.estimator)),
            (Estimator, "relative_to", self.relative_to.as_deref()),
            (Axis, "axis", Some(&self.axis)),
            (Axis, "along", self.along.as_deref()),
            (Axis, "per", self.per.as_deref()),
        ]
    }

    fn check(&self, _: &ClaimSpec) -> Result<(), Invalid> {
        let means = self.statistic == MonotoneStatistic::Mean;
        require(!means || self.along.is_none(), "along", "needs statistic = \"midpoint\" or \"width\"")?;
        require(self.along.is_some() || self.per.is_none(), "per", "needs `along`")?;
        require(means || self.along.is_some(), "along", "is missing: give the axis of the logistic fit")?;
        let other = self.along.as_ref() != Some(&self.axis);
        require(other, "along", "must be a different axis from `axis`")?;
        require(means || self.resolution.is_none(), "resolution", "has no meaning for logistic fits")?;
        require(means || self.relative_to.is_none(), "relative_to", "has no meaning for logistic fits")?;
        ties::check(self.resolution())?;
        not_itself(&self.estimator, self.relative_to.as_deref())
    }

    fn check_names(&self, claim: &ClaimSpec, names: &Names<'_>) -> Result<(), Invalid> {
        claim.several(names, "axis", &self.axis)?;
        self.along().map_or(Ok(()), |along| along.check_names(claim, names))
    }

    fn evaluate(&self, view: &mut View<'_>, _: &[Curve]) -> Evaluated {
        let tested = match (self.along(), &self.relative_to) {
            (Some(along), _) => self.fits(view, along),
            (None, Some(other)) => self.ratios(view, other),
            (None, None) => self.means(view),
        }?;
        if tested.groups.is_empty() {
            return Err(format!("fewer than two values of {}", self.axis));
        }
        Ok(tested)
    }
}

impl Monotone {
    fn resolution(&self) -> f64 {
        self.resolution.unwrap_or_else(ties::rounding)
    }

    fn course(&self) -> String {
        self.direction.course(&self.axis)
    }

    /// Tests whether a mean moves one way.
    fn means(&self, view: &mut View<'_>) -> Evaluated {
        let Self { metric, estimator, axis, direction, .. } = self;
        let (ie, im, ia) = (view.estimator(estimator)?, view.metric(metric)?, view.axis(axis)?);
        let (mut groups, mut distances, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for group in view.groups(&[ia]) {
            let ordered = view.ordered(&group.cells, ia);
            let samples = ordered.iter().map(|&c| view.sample(c, ie, im)).collect::<Result<Vec<_>, _>>()?;
            for i in 1..ordered.len() {
                let at = |j: usize| &view.store.cells[ordered[j]].values[ia];
                let label = joined(&group.label, format!("{axis} = {} → {}", at(i - 1), at(i)));
                let (level, event) = (view.spec.level(), view.is_event(im));
                groups.push((label, step(&samples[i - 1], &samples[i], *direction, level, event)));
                distances.push(Distance::between(&samples[i - 1], &samples[i], self.resolution()));
            }
        }
        ties::mark(&mut groups, &distances, 0.0, &mut notes);
        let measures = format!("step in mean {metric} of {estimator}");
        Ok(Tested { groups, measures, hypothesis: self.course(), notes })
    }

    /// Tests whether the ratio of two estimators' means moves one way.
    fn ratios(&self, view: &mut View<'_>, other: &str) -> Evaluated {
        let Self { metric, estimator, axis, direction, .. } = self;
        let (ie, io) = (view.estimator(estimator)?, view.estimator(other)?);
        let (im, ia) = (view.metric(metric)?, view.axis(axis)?);
        let (mut groups, mut distances, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        for group in view.groups(&[ia]) {
            let mut places: Vec<(String, (f64, f64), Estimate)> = Vec::new();
            for cell in view.ordered(&group.cells, ia) {
                let value = view.store.cells[cell].values[ia].to_string();
                let place = joined(&group.label, format!("{axis} = {value}"));
                let pairs = view.pairs(cell, (ie, io), im, false)?;
                let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
                let means = (mean(&a), mean(&b));
                if !(means.0 > 0.0 && means.1 > 0.0) {
                    return Err(format!("a mean of {metric} is not positive at {place}"));
                }
                let ratio = ratio_of_means(&pairs, &place, &mut notes)?;
                let log = Estimate { value: ratio.value.ln(), se: ratio.se / ratio.value, ..ratio };
                places.push((value, means, log));
            }
            for pair in places.windows(2) {
                let [(from, first, one), (to, second, two)] = pair else { continue };
                let label = joined(&group.label, format!("{axis} = {from} → {to}"));
                let method = "Welch's t test of log ratios (delta method)";
                groups.push((label, change(*one, *two, *direction, view.spec.level(), method)));
                distances.push(Distance::of_ratios(*first, *second, self.resolution()));
            }
        }
        ties::mark(&mut groups, &distances, 0.0, &mut notes);
        let measures = format!("factor of the step in mean {metric} of {estimator} / mean of {other}");
        Ok(Tested { groups, measures, hypothesis: self.course(), notes }.exponentiated())
    }

    /// Tests whether the midpoint or the width of logistic fits moves one way.
    fn fits(&self, view: &mut View<'_>, along: Along<'_>) -> Evaluated {
        let Self { metric, estimator, axis, .. } = self;
        let (width, level) = (self.statistic == MonotoneStatistic::Width, view.spec.level());
        let names = (view.estimator(estimator)?, view.metric(metric)?);
        let (ia, il) = (view.axis(axis)?, view.axis(along.axis)?);
        let mut groups = Vec::new();
        for group in view.groups(&[ia, il]) {
            let mut fits: Vec<(String, Estimate)> = Vec::new();
            let ordered = view.ordered(&group.cells, ia);
            // Grouping by all axes but the covariate keeps the order along `axis`.
            for line in view.groups_of(&ordered, &[il]) {
                let value = view.store.cells[line.cells[0]].values[ia].to_string();
                let f = fit(view, &line, names, along)?;
                fits.push((value, if width { f.log_width() } else { f.midpoint() }));
            }
            for pair in fits.windows(2) {
                let label = joined(&group.label, format!("{axis} = {} → {}", pair[0].0, pair[1].0));
                let change = Estimate::contrast(&[(-1.0, pair[0].1), (1.0, pair[1].1)]);
                let method = "z test of logistic fits (Firth)";
                let evidence = region(change, self.direction.bounds(), level, method);
                groups.push((label, if width { exponentiated(evidence) } else { evidence }));
            }
        }
        let measures = if width {
            format!("ratio of 10–90 % widths in {along} of {metric} of {estimator}")
        } else {
            format!("step of the 50 % point in {along} of {metric} of {estimator}")
        };
        Ok(Tested { groups, measures, hypothesis: self.course(), notes: Vec::new() })
    }
}
