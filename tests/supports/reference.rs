//! Numbers of an independent program.

use remeasure_optim::{Lasso, LassoProblem};
use remeasure_supports::{Basis, Preconditioner};
use serde_json::Value;

use super::*;

struct Reference {
    instance: Instance,
    file: Value,
}

impl Reference {
    fn read() -> Self {
        let file: Value = serde_json::from_str(include_str!("../data/supports/expected.json")).expect("JSON");
        let rows: Vec<Vec<f64>> = include_str!("../data/supports/X.csv")
            .lines()
            .map(|line| line.split(',').map(|cell| cell.trim().parse().expect("a number")).collect())
            .collect();
        let values = (0..64).flat_map(|j| rows.iter().map(move |row| row[j])).collect();
        let design = Design::from_columns(60, 64, values);
        let response =
            include_str!("../data/supports/y.csv").lines().map(|l| l.trim().parse().unwrap()).collect();
        let support = indices(&file["T"]);
        let weights = numbers(&file["w"]);
        let signal = combine(&design, &support, &weights);
        Self { instance: Instance { design, support, weights, signal, response }, file }
    }

    fn number(&self, key: &str) -> f64 {
        self.file[key].as_f64().unwrap_or_else(|| panic!("{key}"))
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn indices(value: &Value) -> Vec<usize> {
    value.as_array().expect("a list").iter().map(|v| v.as_u64().expect("an index") as usize).collect()
}

#[test]
fn residuals_distances_and_weights_are_those_of_the_reference() {
    let reference = Reference::read();
    let (instance, file) = (&reference.instance, &reference.file);
    let parts = Preconditioner::new(&instance.design, 60, &indices(&file["R"]));
    let norm = instance.signal.iter().map(|v| v * v).sum::<f64>().sqrt();
    for (l, &j) in instance.support.iter().enumerate() {
        // The file has 9 digits of each number of the design.
        assert!((parts.residuals[j] - numbers(&file["residual_norms_T"])[l]).abs() < 1e-6);
        let others = instance.support.iter().filter(|&&o| o != j).map(|&o| instance.design.column(o));
        let distance = Basis::of(60, 60, others).reduce(&mut instance.design.column(j).to_vec());
        assert!((distance - numbers(&file["dist_to_other_support"])[l]).abs() < 1e-6);
        let weight = instance.weights[l].abs() * parts.residuals[j] / norm;
        assert!((weight - numbers(&file["l1_weights"])[l]).abs() < 1e-7);
    }
    let kept: Vec<f64> = parts.residuals.iter().copied().filter(|r| *r > 0.0).collect();
    assert_eq!((kept.len(), parts.basis.len()), (64 - 12, 12));
    let range = numbers(&file["residual_norm_min_max_outside_R"]);
    assert!((kept.iter().copied().fold(f64::INFINITY, f64::min) - range[0]).abs() < 1e-6);
    assert!((kept.iter().copied().fold(0.0, f64::max) - range[1]).abs() < 1e-6);
    assert!(parts.orthogonality() < 1e-10);
}

#[test]
fn errors_are_those_of_the_reference() {
    let reference = Reference::read();
    let Reference { instance, file } = &reference;
    let lambda = reference.number("lam");
    let parts = Preconditioner::new(&instance.design, 60, &indices(&file["R"]));
    let projection = parts.basis.project(&instance.response);
    // The projection of the noise is its error in the span.
    let noise: Vec<f64> = instance.response.iter().zip(&instance.signal).map(|(y, v)| y - v).collect();
    let unpenalised = error(&parts.basis.project(&noise), &[0.0; 60]);
    assert!((unpenalised - reference.number("pre_unpenalised_part")).abs() < 1e-7);
    let rest: Vec<f64> = instance.response.iter().zip(&projection).map(|(y, p)| y - p).collect();
    let solve = |design: &Design, response: &[f64]| {
        let problem = LassoProblem::new(design, response).unwrap();
        let solution = Lasso::new(lambda).unwrap().tolerance(1e-13).unwrap().solve(&problem, None).unwrap();
        let mut prediction = vec![0.0; 60];
        design.mul(&solution.coefficients, &mut prediction);
        prediction
    };
    let mut prediction = solve(&parts.dictionary, &rest);
    prediction.iter_mut().zip(&projection).for_each(|(a, b)| *a += b);
    assert!((error(&prediction, &instance.signal) - reference.number("pre_pred_error")).abs() < 1e-6);
    let plain = solve(&instance.design, &instance.response);
    assert!(
        (error(&plain, &instance.signal) - reference.number("plain_lasso_pred_error_same_lambda")).abs()
            < 1e-6
    );
    let problem = valid("sigma = 0.5");
    let oracle = fit("kind = \"oracle\"", &problem, instance, 0);
    assert!((error(&oracle.prediction, &instance.signal) - reference.number("oracle_ls_error")).abs() < 1e-7);
}
