use super::prelude::*;

pub(super) const FORM: Form = Form::new::<Below>(
    "below",
    "the mean of one estimator lies below that of another, by a factor or a margin if given",
)
.pooled();

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Below {
    /// Metric that is compared.
    metric: String,
    /// Estimator claimed to be lower.
    a: String,
    /// Estimator claimed to be higher.
    b: String,
    /// How far `a` must lie below `factor` · `b`; for `scale = "difference"` only.
    #[serde(default)]
    margin: f64,
    /// Share of `b` below which `a` must lie.
    #[serde(default = "one")]
    factor: f64,
    /// Whether the mean of paired differences or of paired log ratios is tested.
    #[serde(default)]
    scale: Scale,
    /// Largest difference of means that counts as zero; by default the rounding error of numbers of order 1.
    #[serde(default = "ties::rounding")]
    resolution: f64,
    /// Relative difference from `factor` · `b` below which both count as equal for practical purposes: an undecided
    /// claim is then tied, if two one-sided tests show that the difference is smaller. Without a `margin` only.
    tie: Option<f64>,
}

fn one() -> f64 {
    1.0
}

impl Test for Below {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        vec![
            (Metric, "metric", Some(&self.metric)),
            (Estimator, "a", Some(&self.a)),
            (Estimator, "b", Some(&self.b)),
        ]
    }

    fn check(&self, _: &ClaimSpec) -> Result<(), Invalid> {
        require(self.a != self.b, "b", format!("compares `{}` with itself", self.a))?;
        require(self.margin >= 0.0 && self.margin.is_finite(), "margin", "must be at least 0")?;
        require(self.factor > 0.0 && self.factor.is_finite(), "factor", "must be positive")?;
        let plain = self.scale == Scale::Difference || self.margin == 0.0;
        require(plain, "margin", "has no meaning on the ratio scale; use `factor`")?;
        let tie = self.tie.is_none_or(|tie| tie > 0.0 && tie < 1.0);
        require(tie, "tie", "must lie between 0 and 1, exclusive")?;
        require(self.tie.is_none() || self.margin == 0.0, "tie", "has no meaning with a `margin`")?;
        ties::check(self.resolution)
    }

    fn evaluate(&self, view: &mut View<'_>, _: &[Curve]) -> Evaluated {
        let Self { metric, a, b, margin, factor, scale, resolution, tie } = self;
        let (factor, level) = (*factor, view.spec.level());
        let (ia, ib, im) = (view.estimator(a)?, view.estimator(b)?, view.metric(metric)?);
        let ratio = *scale == Scale::Ratio;
        let plain = !ratio && *margin == 0.0 && factor == 1.0 && view.is_event(im);
        let upper = if ratio { factor.ln() } else { -margin };
        let bounds = Bounds::below(upper);
        let distance = |pairs: &[(f64, f64)], estimate: Estimate| {
            Distance::paired(pairs, (factor, *scale), (estimate, upper), *resolution)
        };
        let (mut groups, mut notes) = (Vec::new(), Vec::new());
        let (mut estimates, mut distances, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut near: Vec<[Estimate; 2]> = Vec::new();
        for group in view.groups(&[]) {
            let pairs = view.pairs(group.cells[0], (ia, ib), im, ratio)?;
            let difference = |(x, y): &(f64, f64)| if ratio { (x / y).ln() } else { x - factor * y };
            let values: Vec<f64> = pairs.iter().map(difference).collect();
            let size = pairs.iter().map(|(x, y)| x.abs().max((factor * y).abs())).fold(0.0, f64::max);
            let estimate = Estimate::of_mean(&values, if ratio { 1.0 } else { size });
            estimates.push(estimate);
            distances.push(distance(&pairs, estimate));
            let exact = if plain { discordant(&pairs, level) } else { None };
            let mut evidence = exact.unwrap_or_else(|| region(estimate, bounds, level, "paired t test"));
            if let Some(tie) = tie {
                let sides = contrasts(&pairs, factor, *tie, ratio);
                evidence.p_tie = Some(p_tie(sides));
                near.push(sides);
            }
            groups.push((group.label, Evidence { cell: Some(group.cells[0]), ..evidence }));
            all.extend(pairs);
        }
        if view.spec.common.over == Over::Pooled {
            let pooled = pool(&estimates);
            let mean = region(pooled, bounds, level, "t test on the average of paired differences");
            let exact = if plain { discordant(&all, level) } else { None };
            // The exact test of all pairs decides; the average is only shown.
            let evidence = match exact {
                Some(e) => {
                    Evidence { measured: mean.measured, interval: mean.interval, plan: mean.plan, ..e }
                }
                None => mean,
            };
            let sides = |side: usize| pool(&near.iter().map(|sides| sides[side]).collect::<Vec<_>>());
            let evidence = Evidence { p_tie: tie.map(|_| p_tie([sides(0), sides(1)])), ..evidence };
            groups = vec![(average(view.cells.len()), evidence)];
            distances = vec![distance(&all, pooled)];
        }
        ties::mark(&mut groups, &distances, upper, &mut notes);
        if ratio {
            let measures = format!("geometric mean of {metric} of {a} / {b}");
            let hypothesis = format!("below {}", exact(factor));
            return Ok(Tested { groups, measures, hypothesis, notes }.exponentiated());
        }
        let times = if factor == 1.0 { String::new() } else { format!("{} · ", exact(factor)) };
        let less = if *margin == 0.0 { String::new() } else { format!(" − {}", exact(*margin)) };
        let measures = format!("mean of {metric} of {a} − {times}{b}");
        Ok(Tested { groups, measures, hypothesis: format!("{a} < {times}{b}{less}"), notes })
    }
}

/// Means of a − (1 + tie) · factor · b and of a − (1 − tie) · factor · b over pairs, or of the log ratios less their
/// bounds: a tie lies below 0 in the first and above 0 in the second (two one-sided tests, Schuirmann 1987).
fn contrasts(pairs: &[(f64, f64)], factor: f64, tie: f64, ratio: bool) -> [Estimate; 2] {
    // Where b is negative, the bounds change places.
    let sign = if !ratio && pairs.iter().map(|(_, y)| y).sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
    [sign * tie, -sign * tie].map(|tie| {
        let bound = factor * (1.0 + tie);
        let value = |(x, y): &(f64, f64)| if ratio { (x / y / bound).ln() } else { x - bound * y };
        let values: Vec<f64> = pairs.iter().map(value).collect();
        let size = pairs.iter().map(|(x, y)| x.abs().max((bound * y).abs())).fold(0.0, f64::max);
        Estimate::of_mean(&values, if ratio { 1.0 } else { size })
    })
}

/// The larger p-value of the two one-sided tests.
fn p_tie([below, above]: [Estimate; 2]) -> f64 {
    if below.n < 2 { 1.0 } else { below.p_below(0.0).max(above.p_above(0.0)) }
}
