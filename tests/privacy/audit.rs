//! Privacy and unbiasedness, by counting.

use remeasure_privacy::Ball;

use super::*;

#[test]
fn half_spaces_have_the_shares_that_privacy_allows() {
    for (d, epsilon) in [(2, 0.5), (5, 1.0), (16, 2.0), (64, 4.0)] {
        let problem = valid(&format!("n = 64\nd = {d}\nepsilon = {epsilon:?}"));
        let audit = fit("kind = \"randomizer\"\nmessages = 100000", &problem, &problem.draw(&streams(1)), 1)
            .audit
            .unwrap();
        let share = 1.0 / (1.0 + f64::exp(-epsilon));
        let tolerance = 4.0 * (share * (1.0 - share) / 1e5).sqrt();
        assert!((audit.up - share).abs() < tolerance, "{d} {epsilon}: {audit:?}");
        assert!((audit.down - (1.0 - share)).abs() < tolerance, "{d} {epsilon}: {audit:?}");
        assert!(audit.norm_error < 1e-12, "{audit:?}");
        // Mean of d squared scores: a variance of 2/d.
        assert!((audit.bias - 1.0).abs() < 4.5 * (2.0 / f64::from(d)).sqrt(), "{d} {epsilon}: {audit:?}");
    }
}

#[test]
fn no_half_space_tells_two_vectors_apart_by_more_than_epsilon() {
    // Any pair of vectors, and half-spaces in random directions.
    let (epsilon, draws) = (1.0, 200_000);
    let ball = Ball::new(4, 1.0, epsilon);
    let vectors = [[0.9, 0.1, 0.0, 0.2], [-0.3, 0.8, 0.4, 0.0], [0.0; 4], [0.0, 0.0, 0.0, -1.0]];
    let directions = [[1.0, 0.0, 0.0, 0.0], [0.5, -0.5, 0.2, 0.7], [0.0, 0.0, 0.0, 1.0]];
    let mut z = vec![0.0; 4];
    let mut largest = 0.0_f64;
    for direction in directions {
        let shares: Vec<f64> = vectors
            .iter()
            .map(|v| {
                let stream = &mut streams(2).stream("audit");
                let count = (0..draws).filter(|_| {
                    let factor = ball.draw(v, stream, &mut z);
                    factor * z.iter().zip(direction).map(|(a, b)| a * b).sum::<f64>() > 0.0
                });
                count.count() as f64 / f64::from(draws)
            })
            .collect();
        for a in &shares {
            for b in &shares {
                largest = largest.max((a / b).ln());
            }
        }
    }
    assert!(largest < epsilon + 0.03, "{largest}");
    // The vectors differ enough for the count to mean something.
    assert!(largest > 0.5, "{largest}");
}
