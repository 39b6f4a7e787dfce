//! Our Lasso and elastic net compared with scikit-learn's, on data in `tests/data/lasso`.

use std::error::Error;
use std::path::Path;

use remeasure_core::numerics::Design;
use remeasure_optim::{ElasticNet, Lasso, LassoProblem};

pub(crate) type Rows = Vec<Vec<f64>>;

pub(crate) fn rows(path: &Path) -> Result<Rows, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record?.iter().map(str::parse).collect::<Result<_, _>>()?);
    }
    Ok(rows)
}

fn check(name: &str, unique: bool) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/lasso");
    let data = rows(&folder.join(format!("{name}.csv")))?;
    let (n, p) = (data.len(), data[0].len() - 1);
    let values = (0..p).flat_map(|j| data.iter().map(move |row| row[j])).collect();
    let design = Design::from_columns(n, p, values);
    let response: Vec<f64> = data.iter().map(|row| row[p]).collect();
    let problem = LassoProblem::new(&design, &response)?;
    let references = rows(&folder.join(format!("{name}.solutions.csv")))?;
    assert_eq!(references.len(), 4);
    let fit = |w: &[f64]| {
        let mut fit = vec![0.0; n];
        design.mul(w, &mut fit);
        fit
    };
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
    for reference in references {
        let (lambda, mixing, objective, expected) =
            (reference[0], reference[1], reference[2], &reference[3..]);
        let penalty = ElasticNet::new(lambda, mixing)?;
        let solution = Lasso::with_penalty(penalty).tolerance(1e-13)?.solve(&problem, None)?;
        let context = format!("{name}, λ = {lambda}, μ = {mixing}");
        assert!(solution.converged(), "{context}: {:?}", solution.termination);
        let excess = solution.certificate.primal - objective;
        assert!(excess.abs() <= 1e-11 * problem.null_objective(), "{context}: objective off by {excess}");
        let response_size = response.iter().fold(0.0_f64, |m, y| m.max(y.abs()));
        let error = apart(&fit(&solution.coefficients), &fit(expected)) / response_size;
        assert!(error <= 1e-5, "{context}: fit off by {error}");
        if unique {
            // Each column in its own scale.
            for (j, (ours, theirs)) in solution.coefficients.iter().zip(expected).enumerate() {
                let error = (ours - theirs).abs() * problem.squared_norms()[j].sqrt();
                assert!(error <= 1e-5 * response_size * (n as f64).sqrt(), "{context}: w{j} off by {error}");
            }
            let support = |w: &[f64]| w.iter().map(|w| w.abs() > 1e-7).collect::<Vec<_>>();
            assert_eq!(support(&solution.coefficients), support(expected), "{context}");
        }
    }
    Ok(())
}

#[test]
fn more_observations_than_features() -> Result<(), Box<dyn Error>> {
    check("tall", true)
}

#[test]
fn fewer_observations_than_features() -> Result<(), Box<dyn Error>> {
    check("wide", true)
}

#[test]
fn strongly_correlated_features() -> Result<(), Box<dyn Error>> {
    check("correlated", true)
}

#[test]
fn features_of_very_different_size_and_not_centred() -> Result<(), Box<dyn Error>> {
    check("scaled", true)
}

#[test]
fn zero_and_duplicate_columns() -> Result<(), Box<dyn Error>> {
    check("degenerate", false)
}
