//! Mutual information by nearest neighbours.

/// Number of neighbours.
const K: usize = 3;

/// The digamma function at a positive integer.
fn digamma(n: usize) -> f64 {
    // Above 20, the asymptotic series is exact to 2e-13.
    if n < 20 {
        let harmonic: f64 = (1..n).map(|k| 1.0 / k as f64).sum();
        return harmonic - EULER;
    }
    let x = n as f64;
    let inverse = 1.0 / (x * x);
    x.ln() - 0.5 / x - inverse * (1.0 / 12.0 - inverse * (1.0 / 120.0 - inverse / 252.0))
}

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Inserts a distance into the `K` smallest, ascending.
fn insert(smallest: &mut [f64; K], distance: f64) {
    if distance >= smallest[K - 1] {
        return;
    }
    let mut at = K - 1;
    while at > 0 && smallest[at - 1] > distance {
        smallest[at] = smallest[at - 1];
        at -= 1;
    }
    smallest[at] = distance;
}

/// Of two numbers: the first estimator of Kraskov, Stögbauer and Grassberger (2004) with 3 neighbours.
#[must_use]
#[allow(clippy::needless_range_loop)] // Pairs of rows are compared by their positions.
pub fn numbers(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len();
    let mut total = 0.0;
    for i in 0..n {
        let mut smallest = [f64::INFINITY; K];
        for j in 0..n {
            if j != i {
                insert(&mut smallest, (x[i] - x[j]).abs().max((y[i] - y[j]).abs()));
            }
        }
        let reach = smallest[K - 1];
        let near = |v: &[f64]| v.iter().filter(|w| (*w - v[i]).abs() < reach).count().max(1);
        // Each count has the row itself, which stands for the 1 of the formula.
        total += digamma(near(x)) + digamma(near(y));
    }
    digamma(K) + digamma(n) - total / n as f64
}

/// Of a number and a class of 0 and 1: the estimator of Ross (2014) with 3 neighbours.
#[must_use]
#[allow(clippy::needless_range_loop)] // Pairs of rows are compared by their positions.
pub fn classes(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len();
    let mut sizes = [0_usize; 2];
    y.iter().for_each(|y| sizes[usize::from(*y > 0.5)] += 1);
    if sizes.iter().any(|size| *size <= K) {
        return 0.0;
    }
    let mut total = 0.0;
    for i in 0..n {
        let mut smallest = [f64::INFINITY; K];
        for j in (0..n).filter(|&j| j != i && y[j] == y[i]) {
            insert(&mut smallest, (x[i] - x[j]).abs());
        }
        let near = x.iter().filter(|w| (*w - x[i]).abs() < smallest[K - 1]).count().max(1);
        total += digamma(sizes[usize::from(y[i] > 0.5)]) + digamma(near);
    }
    digamma(K) + digamma(n) - total / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digamma_function_steps_by_one_over_n() {
        assert!((digamma(1) + EULER).abs() < 1e-15);
        for n in 1..200 {
            assert!((digamma(n + 1) - digamma(n) - 1.0 / n as f64).abs() < 1e-12, "{n}");
        }
    }
}
