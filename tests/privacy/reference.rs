//! Numbers of an independent program.

use remeasure_privacy::{Ball, randomizer};
use serde_json::Value;

use super::*;

fn expected() -> Value {
    serde_json::from_str(include_str!("../data/privacy/expected.json")).expect("JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn table(text: &str) -> Vec<f64> {
    text.split([',', '\n'])
        .filter(|cell| !cell.trim().is_empty())
        .map(|cell| cell.trim().parse().unwrap())
        .collect()
}

#[test]
fn noiseless_iterates_are_those_of_the_reference() {
    let expected = expected();
    let users = Users {
        rows: table(include_str!("../data/privacy/X.csv")),
        responses: table(include_str!("../data/privacy/y.csv")),
        truth: numbers(&expected["beta_true"]),
        covariance: Vec::new(),
        public: None,
    };
    assert_eq!(users.rows.len(), 240 * 8);
    let problem = valid("n = 240");
    let text = "kind = \"ldp-iht\"\nrounds = 4\nkeep = 4\nclip_x = 1.2\nclip_y = 1.2\nprivate = false";
    let fit = fit(text, &problem, &users, 0);
    let iterates = expected["noiseless_iterates"].as_array().unwrap();
    assert_eq!(fit.rounds.len(), iterates.len());
    for (ours, theirs) in fit.rounds.iter().zip(iterates) {
        assert!(apart(ours, &numbers(theirs)) < 1e-12);
    }
    assert_eq!(theta(&fit), fit.rounds[3]);
    // Clipping matters in this case, and the radius is that of the reference.
    assert!(fit.clipped_x.unwrap() > 0.2 && fit.clipped_y.unwrap() > 0.1);
    let longest = reach(&users, &fit.rounds, 1.2) / expected["radius"].as_f64().unwrap();
    assert!((fit.reach.unwrap() - longest).abs() < 1e-12);
}

/// Largest norm of a gradient, written out.
fn reach(users: &Users, rounds: &[Vec<f64>], tau: f64) -> f64 {
    let mut theta = vec![0.0; 8];
    let mut longest = 0.0_f64;
    for (t, after) in rounds.iter().enumerate() {
        for i in t * 60..(t + 1) * 60 {
            let x: Vec<f64> = users.rows[i * 8..(i + 1) * 8].iter().map(|v| v.max(-tau).min(tau)).collect();
            let slope =
                x.iter().zip(&theta).map(|(a, b)| a * b).sum::<f64>() - users.responses[i].max(-tau).min(tau);
            longest = longest.max(slope.abs() * x.iter().map(|v| v * v).sum::<f64>().sqrt());
        }
        theta.clone_from(after);
    }
    longest
}

#[test]
fn constants_are_those_of_the_reference_and_of_the_gamma_function() {
    for row in expected()["constants"].as_array().unwrap() {
        let (p, epsilon) = (row["p"].as_u64().unwrap() as usize, row["eps"].as_f64().unwrap());
        let mean = randomizer::mean_abs_coordinate(p);
        assert!((mean / row["mean_abs_coordinate"].as_f64().unwrap() - 1.0).abs() < 1e-12);
        let norm = Ball::new(p, 1.0, epsilon).norm();
        assert!((norm / row["output_norm_over_r"].as_f64().unwrap() - 1.0).abs() < 1e-12);
    }
    assert_eq!(randomizer::mean_abs_coordinate(1), 1.0);
    assert!((randomizer::mean_abs_coordinate(3) - 0.5).abs() < 1e-15);
}

#[test]
fn messages_have_the_mean_and_the_spread_of_the_reference() {
    let expected = &expected()["randomizer"];
    let (v, draws) = (numbers(&expected["v"]), 200_000);
    let ball = Ball::new(8, 1.5, 1.0);
    assert!((ball.norm() / expected["norm"].as_f64().unwrap() - 1.0).abs() < 1e-12);
    let (mut stream, mut z) = (streams(0).stream("messages"), vec![0.0; 8]);
    let (mut sum, mut squares) = (vec![0.0; 8], vec![0.0; 8]);
    for _ in 0..draws {
        let factor = ball.draw(&v, &mut stream, &mut z);
        let norm = z.iter().map(|z| (factor * z).powi(2)).sum::<f64>().sqrt();
        assert!((norm / ball.norm() - 1.0).abs() < 1e-12);
        for ((sum, square), z) in sum.iter_mut().zip(&mut squares).zip(&z) {
            *sum += factor * z;
            *square += (factor * z).powi(2);
        }
    }
    let (theirs, errors) = (numbers(&expected["mean"]), numbers(&expected["se"]));
    for (j, (sum, square)) in sum.iter().zip(&squares).enumerate() {
        let mean = sum / f64::from(draws);
        let se = ((square / f64::from(draws) - mean * mean) / f64::from(draws)).sqrt();
        assert!((se / errors[j] - 1.0).abs() < 0.02);
        assert!((mean - v[j]).abs() < 4.0 * se, "{mean} {}", v[j]);
        assert!((mean - theirs[j]).abs() < 6.0 * se);
    }
}
