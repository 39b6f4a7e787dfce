//! The user's own data, and keys that are refused.

use remeasure_coding::CODING;
use remeasure_core::family::{AnyFamily, Attempt, TrialEvent};

use super::*;

fn refused(found: Result<impl Sized, Invalid>, key: &str, part: &str) {
    let Err(error) = found else { panic!("`{key}` was accepted") };
    assert!(error.key == key && error.message.contains(part), "{error}");
}

#[test]
fn a_mistake_in_a_problem_names_its_key() {
    let bars = |lines: &str| problem(&format!("kind = \"bars\"\n{lines}"));
    refused(problem("kind = \"bar\""), "kind", "\"patches\" or \"csv\"");
    refused(bars("size = 1"), "size", "at least 2, found 1");
    refused(bars("n = 0"), "n", "at least 2, found 0");
    refused(bars("prior = 1"), "prior", "between 0 and 1");
    refused(bars("height = 0"), "height", "above 0");
    refused(bars("sigma = -1"), "sigma", "at least 0");
    refused(bars("silent = \"as-published\""), "silent", "model = \"gsc\"");
    refused(bars("model = \"ica\""), "model", "unknown variant");
    refused(problem("kind = \"csv\"\ndata = \"y.csv\"\nunits = 0"), "units", "at least 1, found 0");
    let planted = |lines: &str| problem(&format!("kind = \"planted\"\nunits = 9\n{lines}"));
    refused(planted("active = 129"), "active", "at most the 128 `atoms`, found 129");
    refused(planted("least = 4"), "least", "from 0 to 3, found 4");
    refused(planted("test = 0"), "test", "at least 1, found 0");
    refused(problem("kind = \"patches\"\nunits = 0"), "units", "at least 1, found 0");
    refused(
        problem("kind = \"patches\"\nunits = 9\nn = 4500"),
        "n",
        "at most 4800 patches in all, found 5000",
    );
    refused(problem("kind = \"patches\"\nunits = 9\nimages = \"faces\""), "images", "unknown variant");
}

#[test]
fn a_mistake_in_an_estimator_names_its_key() {
    let em = |lines: &str| {
        let mut text = String::from(lines);
        for (key, value) in [("model", "\"bsc\""), ("candidates", "8"), ("causes", "5"), ("iterations", "9")]
        {
            if !lines.lines().any(|line| line.starts_with(key)) {
                text.push_str(&format!("\n{key} = {value}"));
            }
        }
        estimator("expectation-truncation", &text)
    };
    refused(em("candidates = 4"), "candidates", "`causes`, which is 5, found 4");
    refused(em("temperature = 0.5"), "temperature", "at least 1 (no annealing), found 0.5");
    refused(em("iterations = 0"), "iterations", "at least 1");
    refused(em("causes = 0"), "causes", "at least 1");
    refused(em("cut = 0"), "cut", "a share above 0");
    refused(em("singletons = \"as-published\""), "singletons", "remove the key");
    refused(em("model = \"gsc\"\ncandidates = 9\ncauses = 9"), "causes", "at most 8");
    refused(estimator("nmf", "tolerance = 0"), "tolerance", "above 0");
    refused(estimator("l1", "penalty = 0"), "penalty", "above 0");
    refused(estimator("ica", "max_iterations = 0"), "max_iterations", "at least 1");

    let proximal = |lines: &str| estimator("proximal", &format!("penalty = \"soft\"\n{lines}"));
    refused(proximal("lambda = 0"), "lambda", "above 0");
    refused(proximal("lambda = 1\nunits = 0"), "units", "at least 1, found 0");
    refused(proximal("lambda = 1\nmemory = 1"), "memory", "above 0 and below 1, found 1");
    refused(proximal("lambda = 1\nbatch = 0"), "batch", "at least 1, found 0");
    refused(estimator("proximal", "penalty = \"l1\"\nlambda = 1"), "penalty", "unknown variant");
    refused(proximal("lambda = 1\nunits = 3\ndictionary = \"planted\""), "units", "remove the key");

    let bars = problem("kind = \"bars\"\nsize = 3\nn = 5").unwrap();
    refused(proximal("lambda = 1\nunits = 3").unwrap().admit(&bars), "units", "remove the key");
    let planted = proximal("lambda = 1\ndictionary = \"planted\"").unwrap();
    refused(planted.admit(&bars), "dictionary", "only kind = \"planted\"");
    refused(em("").unwrap().admit(&bars), "candidates", "at most the 6 units, found 8");
    refused(estimator("ica", "").unwrap().admit(&bars), "kind", "the problem has 6 units");
    let wide = problem("kind = \"bars\"\nsize = 40").unwrap();
    refused(em("model = \"mca\"").unwrap().admit(&wide), "model", "at most 64 units");
    refused(em("candidates = 40\ncauses = 9").unwrap().admit(&wide), "causes", "more than 100000 states");
}

#[test]
fn own_data_are_learnt_and_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let data = problem("kind = \"bars\"\nsize = 2\nn = 60\nsigma = 0.5").unwrap().draw(&streams(0)).unwrap();
    let lines = (0..60).map(|n| data.y.column(n).iter().map(f64::to_string).collect::<Vec<_>>().join(","));
    let text = std::iter::once("a,b,c,d".to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
    let path = folder.path().join("y.csv");
    std::fs::write(&path, text).unwrap();
    let lines =
        |rest: &str| format!("kind = \"csv\"\ndata = {:?}\nunits = 3\n{rest}", path.display().to_string());
    let own = problem(&lines("width = 2")).unwrap();
    assert_eq!((own.units(), own.size()), (3, (4, 60)));
    assert_eq!(own.inputs()[0].holds, "60 rows of 4 numbers");
    assert_eq!(own.draw(&streams(0)).unwrap().y, data.y);
    refused(problem(&lines("width = 3")), "width", "a divisor of the 4 columns, found 3");
    let truth = "model = \"bsc\"\ncandidates = 2\ncauses = 2\niterations = 9\nstart = \"truth\"";
    refused(
        estimator("expectation-truncation", truth).unwrap().admit(&own),
        "start",
        "is known to this model",
    );

    let em = "model = \"bsc\"\ncandidates = 3\ncauses = 2\niterations = 9".parse().unwrap();
    let runner = CODING.prepare(lines("").parse().unwrap(), vec![("expectation-truncation", em)], &[]);
    let mut atoms = 0;
    let attempt = Attempt { estimator: 0, limit: None };
    runner.unwrap().trial(&streams(1), &[attempt], &mut |event| {
        if let TrialEvent::Finished(_, row) = event {
            let atom = CODING.metrics.iter().position(|m| m.name == "atom").unwrap();
            let of = |m: &&remeasure_core::family::Measurement| usize::from(m.metric) == atom;
            let places: Vec<f64> = row.measured.iter().filter(of).filter_map(|m| m.coordinate).collect();
            assert_eq!((places[0], places[11]), (10_001.0, 30_004.0));
            atoms = places.len();
        }
    });
    assert_eq!(atoms, 12);

    // Patches of unequal size.
    std::fs::write(&path, "a,b,c\n1,2,3\n4,5\n").unwrap();
    refused(problem(&lines("")), "data", "row 2");
    std::fs::write(&path, "a,b\n1,1\n1,1\n").unwrap();
    refused(problem(&lines("")), "data", "all numbers are 1");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    refused(problem(&lines("")), "data", "at least 2 rows");
}
