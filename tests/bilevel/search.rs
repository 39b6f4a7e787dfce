//! Grid, random search and search by a Gaussian process on functions whose minimum is known.

use remeasure_bilevel::cost::Currency;
use remeasure_bilevel::methods::ENTRIES;
use remeasure_bilevel::problem::{Model, Truth};
use remeasure_bilevel::{
    Bounds, Cost, Estimator, Evaluation, Fit, Halt, Hypergradient, Instance, LowerSolver, Oracle, Problem,
    Smooth, Task,
};
use remeasure_core::Invalid;
use remeasure_core::stream::Streams;

/// A function of the hyperparameters; NaN stands for a lower level that cannot be solved.
#[derive(Debug)]
struct Plain(fn(&[f64]) -> f64);

struct Counted {
    function: fn(&[f64]) -> f64,
    parameters: usize,
    cost: Cost,
    budget: f64,
}

impl Oracle for Counted {
    fn parameters(&self) -> usize {
        self.parameters
    }

    fn evaluate(&mut self, theta: &[f64], accuracy: f64) -> Result<Evaluation, Halt> {
        if self.spent() >= self.budget {
            return Err(Halt::Budget);
        }
        self.cost.gradients += 1;
        let value = (self.function)(theta);
        if value.is_nan() {
            return Err(Halt::Failed("no solution here".to_owned()));
        }
        Ok(Evaluation { value, slope: 1.0, accuracy, lipschitz: 1.0, convex: true })
    }

    fn hypergradient(&mut self, _: f64) -> Result<Hypergradient, Halt> {
        unreachable!("searches use values alone")
    }

    fn keep(&mut self) {}

    fn restore(&mut self) {}

    fn cost(&self) -> Cost {
        self.cost
    }

    fn currency(&self) -> Currency {
        Currency::Evaluations
    }
}

impl Model for Plain {
    fn oracle(&self, _: LowerSolver, budget: f64) -> Box<dyn Oracle + '_> {
        Box::new(Counted { function: self.0, parameters: 2, cost: Cost::default(), budget })
    }

    fn smooth(&self) -> Option<Box<dyn Smooth + '_>> {
        None
    }

    fn truth(&self) -> Box<dyn Truth + '_> {
        unreachable!("nobody asks")
    }
}

fn instance(function: fn(&[f64]) -> f64, parameters: usize, budget: f64) -> Instance {
    Instance {
        model: Box::new(Plain(function)),
        start: vec![0.0; parameters],
        bounds: Bounds::cube(parameters, [-8.0, 2.0]).unwrap(),
        budget,
        thresholds: Vec::new(),
        minimum: None,
    }
}

fn method(kind: &str, rest: &str) -> Result<Box<dyn Estimator>, Invalid> {
    let entry = ENTRIES.iter().find(|e| e.name == kind).unwrap();
    (entry.read)(rest.parse().unwrap())
}

const STREAMS: Streams = Streams { seed: 5, cell: 1, replicate: 0 };

fn run(kind: &str, rest: &str, instance: &Instance) -> Fit {
    method(kind, rest).unwrap().fit(Task { instance, streams: &STREAMS }).unwrap()
}

/// Two valleys; the lower one, at −5.3, is the narrower.
fn valleys(theta: &[f64]) -> f64 {
    let t = theta[0];
    2.0 + 0.02 * (t + 3.0).powi(2) - (-(t + 0.5).powi(2)).exp() - 1.3 * (-2.0 * (t + 5.3).powi(2)).exp()
}

fn bowl(theta: &[f64]) -> f64 {
    (theta[0] + 3.0).powi(2) + 4.0 * (theta[1] - 1.0).powi(2)
}

fn of_answer(fit: &Fit) -> (&[f64], f64) {
    let step = &fit.steps[fit.answer];
    (&step.theta, step.value)
}

#[test]
fn grid_goes_from_the_upper_end_down_and_answers_with_its_best() {
    let fit = run("grid", "points = 11", &instance(|t| (t[0] + 5.2).abs(), 1, 1e9));
    // The steps are the improvements: 2, 1, 0, …, −5.
    let thetas: Vec<f64> = fit.steps.iter().map(|s| s.theta[0].round()).collect();
    assert_eq!(thetas, [2.0, 1.0, 0.0, -1.0, -2.0, -3.0, -4.0, -5.0]);
    assert_eq!(fit.answer, 7);
    assert_eq!(fit.cost.gradients, 11);
    assert!(fit.shortfall.is_none());
    let both = run("grid", "points = 11", &instance(bowl, 2, 1e9));
    assert_eq!(both.cost.gradients, 121);
    assert!(of_answer(&both).1 < 1e-20, "both minimisers lie on the grid");
    let shared = run("grid", "points = 11\nshared = true", &instance(bowl, 2, 1e9));
    assert_eq!(shared.cost.gradients, 11);
    // Least of (t + 3)² + 4(t − 1)² over whole numbers: at 0.
    assert!(of_answer(&shared).0.iter().all(|t| t.abs() < 1e-12));
}

#[test]
fn a_budget_ends_a_search_at_what_it_has_seen() {
    let fit = run("grid", "points = 11", &instance(|t| (t[0] + 5.2).abs(), 1, 4.0));
    assert_eq!(fit.cost.gradients, 4);
    assert!((of_answer(&fit).0[0] + 1.0).abs() < 1e-12);
    assert!(fit.shortfall.is_none());
    let none = instance(bowl, 2, 0.0);
    let error = method("random", "points = 3").unwrap().fit(Task { instance: &none, streams: &STREAMS });
    assert!(error.unwrap_err().to_string().contains("budget"));
}

#[test]
fn random_search_keeps_its_first_points_and_stays_in_the_box() {
    let problem = instance(bowl, 2, 1e9);
    let (few, many) = (run("random", "points = 20", &problem), run("random", "points = 200", &problem));
    assert!(many.steps.len() > few.steps.len());
    for (a, b) in few.steps.iter().zip(&many.steps) {
        assert_eq!(a.theta, b.theta);
    }
    assert!(many.steps.iter().all(|s| problem.bounds.contain(&s.theta)));
    assert_eq!(many.steps, run("random", "points = 200", &problem).steps);
    let shared = run("random", "points = 20\nshared = true", &problem);
    assert!(shared.steps.iter().all(|s| s.theta[0] == s.theta[1]));
}

#[test]
fn gaussian_process_starts_as_random_search_and_ends_far_below_it() {
    for (kernel, function, parameters) in
        [("matern", valleys as fn(&[f64]) -> f64, 1), ("rbf", valleys, 1), ("matern", bowl, 2)]
    {
        let problem = instance(function, parameters, 1e9);
        let settings = format!("points = 30\ninitial = 6\nkernel = \"{kernel}\"");
        let fit = run("gaussian-process", &settings, &problem);
        assert_eq!(fit.cost.gradients, 30);
        let random = run("random", "points = 6", &problem);
        assert_eq!(random.steps[..], fit.steps[..random.steps.len()]);
        let least = run("grid", "points = 401", &problem);
        let (_, best) = of_answer(&fit);
        let many = of_answer(&run("random", "points = 30", &problem)).1;
        let floor = of_answer(&least).1;
        assert!(best - floor < 0.02, "{kernel}: {best} {floor}");
        assert!(best - floor < 0.2 * (many - floor), "{kernel}: {best} {many} {floor}");
        assert!(problem.bounds.contain(of_answer(&fit).0));
        assert_eq!(fit.steps, run("gaussian-process", &settings, &problem).steps);
    }
}

#[test]
fn points_where_the_lower_level_fails_are_passed_over_and_counted() {
    let problem = instance(|t| if t[0] > -2.5 { f64::NAN } else { t[0] }, 1, 1e9);
    for (kind, rest) in
        [("grid", "points = 11"), ("random", "points = 11"), ("gaussian-process", "points = 11")]
    {
        let fit = run(kind, rest, &problem);
        let message = fit.shortfall.as_deref().unwrap();
        assert!(message.contains("of 11 points: no solution here"), "{message}");
        assert!(of_answer(&fit).0[0] <= -2.5);
    }
    let fit = run("grid", "points = 11", &problem);
    assert!(fit.shortfall.unwrap().starts_with("the lower level was not solved at 5 of 11"));
    let nowhere = instance(|_| f64::NAN, 1, 1e9);
    let error = method("grid", "points = 3").unwrap().fit(Task { instance: &nowhere, streams: &STREAMS });
    assert!(error.unwrap_err().to_string().contains("at 3 of 3 points"));
}

#[test]
fn an_even_function_without_any_relief_is_no_obstacle() {
    let fit = run("gaussian-process", "points = 20", &instance(|_| 1.0, 2, 1e9));
    assert_eq!((fit.steps.len(), fit.cost.gradients), (1, 20));
}

#[test]
fn bad_settings_are_refused_by_key() {
    for (kind, rest, key) in [
        ("grid", "points = 1", "points"),
        ("grid", "points = 5\naccuracy = 0.0", "accuracy"),
        ("random", "points = 0", "points"),
        ("gaussian-process", "points = 501", "points"),
        ("gaussian-process", "points = 10\ninitial = 1", "initial"),
        ("gaussian-process", "points = 10\ncandidates = 0", "candidates"),
        ("gaussian-process", "points = 10\nkernel = \"linear\"", "kernel"),
        ("random", "points = 5\nstep = 1", ""),
    ] {
        let Err(error) = method(kind, rest) else { panic!("{kind} {rest} was accepted") };
        if !key.is_empty() {
            assert_eq!(error.key, key, "{error}");
        }
    }
    let unbounded = Problem::read("kind = \"quadratic\"\nbudget = 1e3".parse().unwrap()).unwrap();
    for (kind, rest) in [("grid", "points = 5"), ("random", "points = 5"), ("gaussian-process", "points = 5")]
    {
        let error = method(kind, rest).unwrap().admit(&unbounded).unwrap_err();
        assert!(error.message.contains("finite box"), "{error}");
    }
}
