//! Bad input, the user's own data, and what is recorded.

use remeasure_core::family::Outcome;
use remeasure_core::table;

use crate::{estimator, problem, trial, values};

const SEM: &str = "kind = \"linear-sem\"\nd = 6\nk = 1\nn = 200\nweights = [0.5, 2]\n";

#[test]
fn a_mistake_names_its_key() {
    for (text, key, part) in [
        ("", "kind", "linear-sem"),
        (SEM, "variance", "give `variance`"),
        (&format!("{SEM}variance = 1\nvariances = [1, 2]"), "variances", "remove one"),
        (&format!("{SEM}variance = 0"), "variance", "between"),
        (&format!("{SEM}variances = [2, 1]"), "variances", "ascending"),
        (&SEM.replace("k = 1", "k = 3\nvariance = 1"), "k", "(d − 1)/2 = 2.5"),
        (&SEM.replace("d = 6", "d = 1\nvariance = 1"), "d", "between 2 and 500"),
        (&SEM.replace("n = 200", "n = 1\nvariance = 1"), "n", "rows"),
        (&SEM.replace("[0.5, 2]", "[-1, 2]\nvariance = 1"), "weights", "ascending"),
    ] {
        let error = problem(text).expect_err(text);
        assert_eq!(error.key, key, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
    for (text, key) in [
        ("kind = \"colide-ev\"\nlambda = -1", "lambda"),
        ("kind = \"colide-ev\"\ns = []", "s"),
        ("kind = \"colide-ev\"\nmu = 0", "mu"),
        ("kind = \"colide-nv\"\nsteps = 0", "steps"),
        ("kind = \"dagma\"\nsigma_floor = 1", "sigma_floor"),
        ("kind = \"notears\"\ntolerance = 0", "tolerance"),
        ("kind = \"golem\"\nvariances = \"equal\"\ncycles = 0", "cycles"),
        ("kind = \"sort-n-regress\"\nthreshold = -1", "threshold"),
    ] {
        let error = estimator(text).err().expect(text);
        assert_eq!(error.key, key, "{text}: {error}");
    }
}

#[test]
fn files_are_read_or_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let mut good = String::from("a,b,c\n");
    let mut alike = String::from("a,b,c\n");
    let mut constant = String::from("a,b,c\n");
    for i in 0..300 {
        let [u, v, w] = [0.7, 1.3, 2.9].map(|f| (f64::from(i) * f).sin());
        let b = 1.5 * u + v;
        good += &format!("{u},{b},{}\n", w - 1.2 * b);
        alike += &format!("{u},{v},{}\n", 3.0 - 2.0 * u);
        constant += &format!("{u},4,{v}\n");
    }
    write("good.csv", &good);
    write("alike.csv", &alike);
    write("constant.csv", &constant);
    write("chain.csv", "a,b,c\n0,1.5,0\n0,0,-1.2\n0,0,0\n");
    write("cyclic.csv", "a,b,c\n0,1,0\n0,0,1\n1,0,0\n");
    write("wide.csv", "a,b,c\n0,1,0\n");
    write("one.csv", "a\n1\n2\n");
    table::within(folder.path(), || {
        let with = |keys: &str| problem(&format!("kind = \"csv\"\n{keys}"));
        for (keys, key, part) in [
            ("data = \"none.csv\"", "data", "cannot read"),
            ("data = \"one.csv\"", "data", "between 2 and 500 variables, found 1"),
            ("data = \"constant.csv\"", "data", "the column `b` is constant"),
            ("data = \"alike.csv\"", "data", "the columns `a` and `c` are the same but for scale"),
            ("data = \"good.csv\"\ncolumns = [\"a\", \"x\"]", "columns", "no column `x`"),
            ("data = \"good.csv\"\ntruth = \"cyclic.csv\"", "truth", "form a cycle"),
            ("data = \"good.csv\"\ntruth = \"wide.csv\"", "truth", "found 1 × 3"),
        ] {
            let error = with(keys).expect_err(keys);
            assert_eq!(error.key, key, "{keys}: {error}");
            assert!(error.message.contains(part), "{keys}: {error}");
        }
        let constant = with("data = \"constant.csv\"\ncolumns = [\"a\", \"c\"]").unwrap();
        assert_eq!(constant.inputs().len(), 1);

        let text = "kind = \"csv\"\ndata = \"good.csv\"\n";
        let row = trial(text, "colide-nv", "lambda = 0.01");
        assert!(matches!(row.outcome, Outcome::Ok), "{:?}", row.outcome);
        let weights = values(&row, "weight");
        assert_eq!(weights.len() as f64, values(&row, "edges")[0].1);
        assert!(weights.iter().all(|(place, w)| place.is_some() && w.abs() > 0.3), "{weights:?}");
        assert!(values(&row, "shd").is_empty());
        // With the true weights, there are distances.
        let known = format!("{text}truth = \"chain.csv\"");
        let row = trial(&known, "oracle", "knows = \"order\"");
        assert_eq!(values(&row, "shd"), [(None, 0.0)]);
        let weights = values(&row, "weight");
        let places: Vec<f64> = weights.iter().map(|(place, _)| place.unwrap()).collect();
        assert_eq!(places, [1002.0, 2003.0]);
        assert!((weights[0].1 - 1.5).abs() < 0.1 && (weights[1].1 + 1.2).abs() < 0.1, "{weights:?}");

        let problem = problem(text).unwrap();
        let error = estimator("kind = \"oracle\"\nknows = \"order\"").unwrap().admit(&problem).unwrap_err();
        assert!(error.message.contains("give the file `truth`"), "{error}");
    });
}

#[test]
fn all_distances_of_a_drawn_problem_are_recorded() {
    let row = trial(&format!("{SEM}variances = [0.5, 10]"), "oracle", "knows = \"parents\"");
    for metric in
        ["shd", "tpr", "fdr", "skeleton_f1", "shd_cpdag", "sid", "edges", "noise_error", "level_error"]
    {
        assert_eq!(values(&row, metric).len(), 1, "{metric}");
    }
    assert_eq!(values(&row, "extra"), [(None, 0.0)]);
    assert!(values(&row, "weight").is_empty());
    let row = trial(&format!("{SEM}variance = 1\nscaling = \"standardised\""), "colide-ev", "steps = 100");
    assert!(values(&row, "noise_error").is_empty() && values(&row, "shd").len() == 1);
}

#[test]
fn laws_have_their_variance() {
    for law in ["gaussian", "exponential", "laplace", "gumbel"] {
        let text = format!(
            "kind = \"linear-sem\"\nd = 2\nk = 0\nn = 200000\nweights = [1, 1]\nvariance = 3\nnoise = \"{law}\""
        );
        let sample = crate::sample(&text, 0);
        let found = sample.covariance[0];
        assert!((found / 3.0 - 1.0).abs() < 0.03, "{law}: {found}");
    }
}
