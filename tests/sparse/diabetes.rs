//! Real data: the diabetes data of Efron, Hastie, Johnstone and Tibshirani (2004), as shipped with the crate
//! linfa-datasets (441 of 442 patients).

use std::path::Path;

use remeasure_sparse::Problem;
use remeasure_sparse::metrics::mean_squared_error;

use crate::{estimator, fit, problem, streams};

#[allow(dead_code, reason = "the example's own main")]
#[path = "../../examples/diabetes.rs"]
mod example;

fn study(folder: &Path) -> Problem {
    example::write_study(folder).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    problem(&format!("kind = \"csv\"\nx = {:?}\ny = {:?}", path("x.csv"), path("y.csv")))
}

#[test]
fn the_lasso_explains_the_known_share_of_the_diabetes_data() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    assert_eq!(study.shape(), (353, 10));
    let lasso = estimator("lasso", "lambda = { cv = { folds = 5 } }");
    let errors: Vec<f64> = (0..40)
        .map(|replicate| {
            let instance = study.draw(&streams(replicate)).unwrap().instance().unwrap();
            assert!(instance.truth.is_none());
            for j in 0..10 {
                let column = instance.design.column(j);
                assert!(column.iter().sum::<f64>().abs() < 1e-9);
                assert!((column.iter().map(|v| v * v).sum::<f64>() / 353.0 - 1.0).abs() < 1e-12);
            }
            let f = fit(lasso.as_ref(), &instance, &streams(replicate));
            let (design, response) = instance.held_out.as_ref().unwrap();
            assert_eq!(response.len(), 88);
            mean_squared_error(design, response, &f.coefficients)
        })
        .collect();
    // R² of linear models on held-out rows of this set is near 0.48.
    let mean = errors.iter().sum::<f64>() / 40.0;
    assert!((0.45..0.60).contains(&mean), "{mean}");
}

#[test]
fn data_estimators_that_need_a_truth_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let study = study(folder.path());
    assert_eq!(estimator("oracle", "").admit(&study).unwrap_err().key, "kind");
    assert_eq!(estimator("omp", "").admit(&study).unwrap_err().key, "sparsity");
    assert!(estimator("omp", "sparsity = 4").admit(&study).is_ok());
    let universal = estimator("lasso", "lambda = { universal = 1.0 }");
    assert_eq!(universal.admit(&study).unwrap_err().key, "lambda.universal");
}
