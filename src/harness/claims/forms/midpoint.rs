use super::prelude::*;
use crate::arguments::{self, Argument};
use crate::claims::names::one_of;

pub(super) const FORM: Form =
    Form::new::<Midpoint>("midpoint", "the 50 % point of a 0/1 metric lies near a reference curve");

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Midpoint {
    /// 0/1 metric.
    metric: String,
    /// Estimator that is measured.
    estimator: String,
    /// Axis of the logistic fit.
    along: String,
    /// Axis whose values divide those of `along`.
    per: Option<String>,
    /// Name of the reference curve.
    curve: String,
    /// Largest distance claimed, in units of the covariate.
    tolerance: f64,
}

impl Midpoint {
    fn along(&self) -> Along<'_> {
        Along { axis: &self.along, per: self.per.as_deref() }
    }
}

impl Test for Midpoint {
    fn names(&self) -> Vec<(Kind, &'static str, Option<&str>)> {
        vec![
            (Metric, "metric", Some(&self.metric)),
            (Estimator, "estimator", Some(&self.estimator)),
            (Axis, "along", Some(&self.along)),
            (Axis, "per", self.per.as_deref()),
        ]
    }

    fn check(&self, _: &ClaimSpec) -> Result<(), Invalid> {
        require(self.tolerance > 0.0 && self.tolerance.is_finite(), "tolerance", "must be positive")
    }

    fn check_names(&self, claim: &ClaimSpec, names: &Names<'_>) -> Result<(), Invalid> {
        self.along().check_names(claim, names)?;
        let name = &self.curve;
        let known: Vec<&str> = names.curves.iter().map(|c| c.name).collect();
        one_of("curve", "reference curve", name, &known)?;
        let takes = names.curves.iter().find(|c| c.name == name).map_or(&[][..], |c| c.arguments);
        for argument in takes {
            let refused = |reason| {
                Invalid::new("curve", format!("`{name}` is a function of `{argument}`, which {reason}"))
            };
            let found = arguments::find(argument, names.axes, names.settings).map_err(refused)?;
            let Argument::Axis(axis) = found else { continue };
            let axis = &names.axes[axis].name;
            claim.numeric(names, "curve", axis, false).map_err(|e| {
                Invalid::new("curve", format!("`{name}` takes `{argument}` from the sweep: {}", e.message))
            })?;
            if *axis == self.along {
                let message = format!("`{name}` takes `{argument}`, along which the 50 % point is sought");
                return Err(Invalid::new("curve", message));
            }
        }
        Ok(())
    }

    fn evaluate(&self, view: &mut View<'_>, curves: &[Curve]) -> Evaluated {
        let Self { metric, estimator, .. } = self;
        let named = curves.iter().find(|c| c.name == self.curve);
        let curve = named.ok_or_else(|| format!("there is no reference curve `{}`", self.curve))?;
        let (along, level) = (self.along(), view.spec.level());
        let names = (view.estimator(estimator)?, view.metric(metric)?);
        let il = view.axis(along.axis)?;
        let find = |name: &&str| {
            let found = arguments::find(name, &view.store.axes, &view.store.settings);
            found.map_err(|why| format!("the curve `{}` is a function of `{name}`, which {why}", curve.name))
        };
        let arguments = curve.arguments.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let bounds = Bounds { lower: -self.tolerance, upper: self.tolerance };
        let (mut groups, mut notes) = (Vec::new(), Vec::new());
        for group in view.groups(&[il]) {
            let value = |argument: &Argument| match *argument {
                Argument::Axis(axis) => view.number(group.cells[0], axis),
                Argument::Setting(value) => Ok(value),
            };
            let values = arguments.iter().map(value);
            let target = (curve.evaluate)(&values.collect::<Result<Vec<_>, _>>()?);
            if !target.is_finite() {
                return Err(format!("the curve `{}` has no value at {}", curve.name, group.label));
            }
            let f = fit(view, &group, names, along)?;
            if f.gap.is_some() {
                let place = at(&group.label);
                notes.push(format!(
                    "the transition is steeper than the grid of {} resolves{place}",
                    along.axis
                ));
            }
            let m = f.midpoint();
            let distance = Estimate { value: m.value - target, ..m };
            let course = format!("50 % at {} for {}", number(m.value), number(target));
            let method = "two one-sided z tests of the logistic fit (Firth)";
            let evidence = region(distance, bounds, level, method);
            groups.push((joined(&group.label, course), evidence));
        }
        let measures = format!("50 % point in {along} of {metric} of {estimator} − {}", curve.label);
        Ok(Tested { groups, measures, hypothesis: bounds.words(), notes })
    }
}
