//! The oracle of smooth problems, and the gradient methods, on the quadratic.

use remeasure_bilevel::Constants;
use remeasure_bilevel::methods::ENTRIES;
use remeasure_bilevel::problem::Model;
use remeasure_bilevel::problems::quadratic::Data;
use remeasure_bilevel::{Currency, Fit, Halt, Inexact, Instance, LowerSolver, Oracle, Smooth};

use crate::tools::{distance, draw, fit, norm, reference, table};

const DOCUMENTED: &str = "kind = \"quadratic\"\ndata = \"documented\"\nbudget = 2e5";

/// The documented data with another budget.
fn documented(budget: f64) -> Instance {
    let mut instance = draw(DOCUMENTED);
    instance.budget = budget;
    instance
}

/// Exact losses of all steps.
fn losses(instance: &Instance, fit: &Fit) -> Vec<f64> {
    let mut truth = instance.model.truth();
    fit.steps.iter().map(|s| truth.exact(&s.theta, false).unwrap().value).collect()
}

/// Cost at which the loss first reaches a threshold, infinite if it never does.
fn cost_to(fit: &Fit, losses: &[f64], threshold: f64) -> f64 {
    let first = losses.iter().position(|f| *f <= threshold);
    first.map_or(f64::INFINITY, |first| fit.steps[first].cost.total(Currency::Evaluations))
}

/// The closed form against central differences of itself, and the oracle against the closed form: values and
/// hypergradients must be within their bounds, at accuracies from rough to the limit of double precision.
#[test]
fn values_and_hypergradients_lie_within_their_bounds() {
    let data = Data::new(1000, 10, 0.01, 29).unwrap();
    let theta: Vec<f64> = (0..10).map(|i| 0.3 + 0.1 * f64::from(i)).collect();
    let (value, gradient) = data.outer(&theta);
    for i in 0..10 {
        let moved = |h: f64| {
            let mut at = theta.clone();
            at[i] += h;
            data.outer(&at).0
        };
        let difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
        assert!((difference - gradient[i]).abs() < 1e-6 * norm(&gradient), "{difference} {}", gradient[i]);
    }
    for solver in [LowerSolver::Fista, LowerSolver::Gradient] {
        for accuracy in [1.0, 1e-2, 1e-5, 1e-9, 1e-30] {
            let mut oracle = data.oracle(solver, f64::INFINITY);
            let at = oracle.evaluate(&theta, accuracy).unwrap();
            assert!(at.least() <= value * (1.0 + 1e-12) && value <= at.most() * (1.0 + 1e-12));
            let z = oracle.hypergradient(accuracy).unwrap();
            let error = distance(&z.vector, &gradient);
            assert!(error <= z.bound + 1e-11 * norm(&gradient), "{error:e} {:e} at {accuracy:e}", z.bound);
            assert!(z.residual <= accuracy.max(1e-9));
        }
    }
    // Make sure that the check can fail: at low accuracy there is an error.
    let mut oracle = data.oracle(LowerSolver::Gradient, f64::INFINITY);
    oracle.evaluate(&theta, 1.0).unwrap();
    assert!(distance(&oracle.hypergradient(1.0).unwrap().vector, &gradient) > 1e-4 * norm(&gradient));
}

/// Methods of `tests/data/bilevel/quadratic.csv`: name, kind and settings.
const METHODS: [(&str, &str, &str); 12] = [
    ("maid", "maid", ""),
    ("maid-1e-3", "maid", "accuracy = 1e-3"),
    ("maid-1e-5", "maid", "accuracy = 1e-5"),
    ("maid-step-1e-3", "maid", "step = 1e-3"),
    ("maid-step-1e-1", "maid", "step = 0.1"),
    ("maid-plain", "maid", "lower = \"gradient\""),
    ("fixed-1e-1", "implicit-gradient", "accuracy = 1e-1"),
    ("fixed-1e-3", "implicit-gradient", "accuracy = 1e-3"),
    ("fixed-1e-5", "implicit-gradient", "accuracy = 1e-5"),
    ("hoag-geometric", "hoag", "schedule = \"geometric\""),
    ("hoag-quadratic", "hoag", "schedule = \"quadratic\""),
    ("hoag-cubic", "hoag", "schedule = \"cubic\""),
];

/// Best losses and costs of `scripts/reference/bilevel_quadratic.py`, a second implementation of the same
/// conventions. Costs may differ a little where rounding decides whether a step is accepted.
#[test]
fn a_second_program_agrees() {
    let instance = documented(2e5);
    let (best, costs) = (reference("best_loss"), reference("cost_to"));
    assert_eq!((best.len(), costs.len()), (METHODS.len(), 38));
    for (name, kind, text) in METHODS {
        let fit = fit(&instance, kind, text);
        let losses = losses(&instance, &fit);
        let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
        for (_, _, expected) in best.iter().filter(|(method, _, _)| method == name) {
            assert!((least / expected - 1.0).abs() < 1e-6, "{name}: {least} for {expected}");
        }
        for (_, at, expected) in costs.iter().filter(|(method, _, _)| method == name) {
            let found = cost_to(&fit, &losses, at.parse().unwrap());
            assert!((found - expected).abs() <= 0.01 * expected, "{name} to {at}: {found} for {expected}");
        }
    }
}

/// MAID's accepted steps decrease the true loss, whatever its initial accuracy, and every hypergradient is
/// within its bound and a descent direction.
#[test]
fn every_step_of_maid_descends() {
    let instance = documented(2e4);
    let mut truth = instance.model.truth();
    for accuracy in ["1e2", "1e-1", "1e-6"] {
        let fit = fit(&instance, "maid", &format!("accuracy = {accuracy}"));
        assert!(losses(&instance, &fit).windows(2).all(|w| w[1] <= w[0]), "from {accuracy}");
        for step in &fit.steps {
            let Some(z) = &step.hypergradient else { continue };
            let gradient = truth.exact(&step.theta, true).unwrap().gradient.unwrap();
            assert!(distance(&z.vector, &gradient) <= z.bound);
            assert!(z.bound < norm(&z.vector));
        }
    }
}

#[test]
fn budgets_are_kept_and_runs_repeat() {
    let instance = documented(1234.0);
    for (kind, text) in
        [("maid", ""), ("implicit-gradient", "accuracy = 1e-8"), ("hoag", "schedule = \"cubic\"")]
    {
        let (a, b) = (fit(&instance, kind, text), fit(&instance, kind, text));
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
        let spent = a.cost.total(Currency::Evaluations);
        assert!((1200.0..=1236.0).contains(&spent), "{kind} spent {spent}");
        assert!(a.shortfall.is_none());
    }
}

/// A bilevel problem with one variable and one hyperparameter; the lower level is `½ curvature x² − θx`.
struct Scalar {
    /// Curvature of the lower level.
    curvature: f64,
    /// The constants that it reports.
    constants: Constants,
    /// Slope of the upper level at 0, and its curvature.
    slope: f64,
    bend: f64,
}

impl Smooth for Scalar {
    fn dimension(&self) -> usize {
        1
    }
    fn parameters(&self) -> usize {
        1
    }
    fn value(&mut self, x: &[f64], theta: &[f64]) -> f64 {
        0.5 * self.curvature * x[0] * x[0] - theta[0] * x[0]
    }
    fn gradient(&mut self, x: &[f64], theta: &[f64], out: &mut [f64]) {
        out[0] = self.curvature * x[0] - theta[0];
    }
    fn linearise(&mut self, _: &[f64], _: &[f64]) {}
    fn hessian_product(&mut self, v: &[f64], out: &mut [f64]) {
        out[0] = self.curvature * v[0];
    }
    fn cross_product(&mut self, q: &[f64], out: &mut [f64]) {
        out[0] = -q[0];
    }
    fn constants(&mut self, _: &[f64]) -> Constants {
        self.constants
    }
    fn upper(&mut self, x: &[f64], _: &[f64]) -> f64 {
        self.slope * x[0] + 0.5 * self.bend * x[0] * x[0]
    }
    fn upper_gradient(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
        out[0] = self.slope + self.bend * x[0];
    }
    fn upper_lipschitz(&self) -> f64 {
        self.bend
    }
    fn direct(&mut self, x: &[f64], _: &[f64], out: &mut [f64]) {
        out[0] = -x[0];
    }
}

fn scalar(curvature: f64, strong_convexity: f64, slope: f64, bend: f64) -> Inexact<'static> {
    let constants = Constants {
        strong_convexity,
        lipschitz: 1.0,
        hessian_lipschitz: 0.0,
        cross_norm: 1.0,
        cross_lipschitz: 0.0,
    };
    let problem = Scalar { curvature, constants, slope, bend };
    Inexact::new(Box::new(problem), LowerSolver::Gradient, f64::INFINITY, Currency::Evaluations)
}

/// In one dimension the triangle inequalities of the bounds are sharp: they are nearly attained.
#[test]
fn bounds_are_tight_in_one_dimension() {
    // x* = θ/μ; f = ½ bend (θ/μ)² + slope θ/μ.
    let (mu, slope, bend, theta) = (0.1, 0.7, 3.0, 2.0);
    let mut oracle = scalar(mu, mu, slope, bend);
    let (value, gradient) =
        (slope * theta / mu + 0.5 * bend * (theta / mu).powi(2), (slope + bend * theta / mu) / mu);
    for accuracy in [1e-1, 1e-3] {
        let at = oracle.evaluate(&[theta], accuracy).unwrap();
        // Gradient descent from 0 ends below x*, at a distance of nearly the requested accuracy.
        let share = (at.most() - value) / (at.most() - at.value);
        assert!((0.0..0.2).contains(&share), "{share}");
        let z = oracle.hypergradient(1e-12).unwrap();
        let ratio = z.bound / (z.vector[0] - gradient).abs();
        assert!((1.0..1.2).contains(&ratio), "{ratio}");
    }
}

#[test]
fn lower_levels_that_cannot_be_solved_say_so() {
    // Steps of 1/L with L far too small.
    let diverged = scalar(100.0, 0.5, 1.0, 0.0).evaluate(&[1.0], 1e-6).unwrap_err();
    assert_eq!(diverged, Halt::Failed("the lower level diverges".to_owned()));
    let flat = scalar(1.0, 0.0, 1.0, 0.0).evaluate(&[1.0], 1e-6).unwrap_err();
    assert!(flat.to_string().contains("μ = 0.0e0"), "{flat}");
    // Convex enough for the first-order steps to end immediately (θ = 0), but not for conjugate gradients.
    let mut concave = scalar(-1.0, 0.5, 1.0, 0.0);
    concave.evaluate(&[0.0], 1e-6).unwrap();
    assert!(concave.hypergradient(1e-6).unwrap_err().to_string().contains("not positive definite"));
    // Nothing to descend.
    let mut level = scalar(1.0, 1.0, 0.0, 0.0);
    level.evaluate(&[1.0], 1e-6).unwrap();
    assert_eq!(level.hypergradient(1e-6).unwrap().vector, [0.0]);
}

#[test]
fn unusable_parameters_are_refused() {
    for (kind, text, key) in [
        ("maid", "accuracy = 0.0", "accuracy"),
        ("maid", "relax = 0.5", "relax"),
        ("maid", "decrease = 0.1", "decrease"),
        ("maid", "lower = \"newton\"", "lower"),
        ("implicit-gradient", "accuracy = nan", "accuracy"),
        ("implicit-gradient", "", ""),
        ("hoag", "schedule = \"cubic\"\nclip = -1.0", "clip"),
        ("hoag", "schedule = \"linear\"", "schedule"),
    ] {
        let entry = ENTRIES.iter().find(|e| e.name == kind).unwrap();
        let error = (entry.read)(table(text)).err().unwrap();
        assert_eq!(error.key, key, "{error}");
    }
    for (text, key) in [
        ("kind = \"cubic\"", "kind"),
        ("budget = 1.0", "kind"),
        ("kind = \"quadratic\"\nbudget = 0.0", "budget"),
        ("kind = \"quadratic\"\nbudget = 1.0\nrows = 3", "rows"),
        ("kind = \"quadratic\"\nbudget = 1.0\ndata_seed = 3", "data_seed"),
    ] {
        let error = remeasure_bilevel::Problem::read(table(text)).unwrap_err();
        assert_eq!(error.key, key, "{error}");
    }
}
