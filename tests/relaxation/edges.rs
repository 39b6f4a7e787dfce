//! Invalid problems and estimators: errors that name a key.

use remeasure_relaxation::Task;

use crate::{estimator, problem, streams};

#[test]
fn an_impossible_problem_is_refused_by_key() {
    let sor = |lines: &str| format!("kind = \"sor\"\n{lines}");
    problem(&sor("steps = 3\nvariance = \"high\"")).unwrap();
    problem(&sor("steps = 3\nbeta = [1.0, 2.0]\nshift = 0.0\nscale = 2.0")).unwrap();
    problem(&sor("steps = 3\nvariance = \"none\"\noffset = -0.16")).unwrap();
    problem("kind = \"heat\"\nsteps = 3\nnx = 5").unwrap();
    for (lines, expected) in [
        ("steps = 0\nvariance = \"high\"", "steps: expected at least 1 system, found 0"),
        ("steps = 5\nvariance = \"high\"\ngrid = 1", "grid: expected at least 2 points a side, found 1"),
        ("steps = 5\nvariance = \"high\"\ngrid = 900000", "grid: right-hand sides of"),
        ("steps = 5", "variance: give either"),
        ("steps = 5\nvariance = \"high\"\nbeta = [1.0, 1.0]", "variance: give either"),
        ("steps = 5\nvariance = \"medium\"", "variance: unknown variant `medium`"),
        ("steps = 5\nbeta = [0.0, 1.0]", "beta: expected two numbers above 0"),
        ("steps = 5\nbeta = [1.0, inf]", "beta: expected two numbers above 0"),
        ("steps = 5\nvariance = \"high\"\noffset = 0.1", "offset: only variance = \"none\" has this key"),
        ("steps = 5\nvariance = \"none\"\nscale = 0.1", "scale: only an offset that varies has this key"),
        ("steps = 5\nvariance = \"low\"\nscale = 0.0", "scale: expected a number above 0, found 0"),
        ("steps = 5\nvariance = \"low\"\nshift = nan", "shift: expected a finite number, found NaN"),
        (
            "steps = 5\nvariance = \"none\"\noffset = -0.17",
            "offset: the matrix is positive definite for offsets above -0.162028, but the smallest is -0.17",
        ),
        ("steps = 5\nvariance = \"high\"\ngrid = 12", "shift: the matrix is positive definite for offsets"),
        ("steps = 5\nvariance = \"high\"\ntolerance = 0.0", "tolerance: expected a relative residual"),
        ("steps = 5\nvariance = \"high\"\ncap = 0", "cap: expected at least 1 iteration"),
        (
            "steps = 5\nvariance = \"high\"\nomega_min = 0.0",
            "omega_min: expected a relaxation between 0 and 2",
        ),
        (
            "steps = 5\nvariance = \"high\"\nomega_max = 2.0",
            "omega_max: expected a relaxation between 0 and 2",
        ),
        ("steps = 5\nvariance = \"high\"\nomega_max = 0.9", "omega_max: expected more than omega_min = 1"),
        ("steps = 5\nvariance = \"high\"\narms = 1", "arms: expected at least 2 values"),
        ("steps = 90000000\nvariance = \"high\"", "steps: 90000000 systems × 20 values"),
        ("steps = 5\nvariance = \"high\"\nnx = 5", "nx: unknown field `nx`"),
    ] {
        let message = problem(&sor(lines)).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{lines}: {message}");
    }
    for (lines, expected) in [
        ("kind = \"heat\"\nsteps = 5\nnx = 2", "nx: expected between 3 and 2000"),
        ("kind = \"heat\"\nsteps = 5\nnx = 9\ndt = 0.0", "dt: expected a time above 0"),
        ("kind = \"heat\"\nsteps = 5\nnx = 9\narms = 0", "arms: expected at least 2"),
        ("kind = \"jacobi\"\nsteps = 5", "kind: expected \"sor\" or \"heat\""),
        ("steps = 5", "kind: expected \"sor\" or \"heat\""),
    ] {
        let message = problem(lines).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{lines}: {message}");
    }
}

#[test]
fn an_estimator_that_cannot_run_is_refused_by_key() {
    for (text, expected) in [
        ("kind = \"fixed\"\nomega = 2.0", "omega: SOR converges for ω between 0 and 2, found 2"),
        ("kind = \"fixed\"\nomega = nan", "omega: SOR converges"),
        ("kind = \"fixed\"", "missing field `omega`"),
        ("kind = \"best-fixed\"\nomega = 1.0", "omega: unknown field `omega`"),
        ("kind = \"tsallis-inf\"\nnewton = \"secant\"", "newton: unknown variant `secant`"),
        ("kind = \"tsallis-inf-cb\"\nbins = 0", "bins: expected between 1 and 10000, found 0"),
        ("kind = \"tsallis-inf-cb\"\nbins = 2\ninterval = [1.0, 1.0]", "interval: expected two numbers"),
        ("kind = \"chebcb\"\ndegree = 31", "degree: expected a degree of at most 30"),
        ("kind = \"chebcb\"\ninterval = [0.0, inf]", "interval: expected two numbers"),
    ] {
        let message = estimator(text).err().expect("an error").to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
    let heat = problem("kind = \"heat\"\nsteps = 3\nnx = 5").unwrap();
    let sor = problem("kind = \"sor\"\nsteps = 3\nvariance = \"high\"").unwrap();
    for (text, on, expected) in [
        ("kind = \"fixed\"\nomega = 1.01", &heat, "omega: the heat equation is only solved on the grid"),
        ("kind = \"instance-optimal\"", &heat, "kind: ω* has a closed form for SOR"),
        ("kind = \"cg\"", &sor, "kind: conjugate gradients are for the heat equation"),
    ] {
        let message = estimator(text).unwrap().admit(on).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{text}: {message}");
        let sequence = on.draw(&streams(0)).unwrap();
        let fit = estimator(text).unwrap().fit(Task { sequence: &sequence, streams: &streams(0) });
        assert!(fit.is_err(), "{text} does not run where it is not admitted");
    }
    let between = estimator("kind = \"fixed\"\nomega = 1.45").unwrap();
    between.admit(&heat).unwrap();
}
