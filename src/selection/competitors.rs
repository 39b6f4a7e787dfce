//! Rules that choose one model for all test points and then use BH on randomised conformal p-values.

use rand::Rng;
use remeasure_core::stream::Stream;

use crate::bh::benjamini_hochberg;
use crate::scores::Scores;

/// For one model: calibration scores below that of each test point, and equal to it.
#[derive(Clone, Debug)]
struct Places {
    rows: usize,
    below_equal: Vec<(usize, usize)>,
}

impl Places {
    fn new(scores: &Scores, k: usize) -> Self {
        let v = scores.conformity(k);
        let place = |s: &f64| {
            let below = v.partition_point(|c| *c < -s);
            (below, v.partition_point(|c| *c <= -s) - below)
        };
        Self { rows: v.len(), below_equal: scores.test[k].iter().map(place).collect() }
    }

    /// The set of BH at level `q` on `p_j = (#{V_i < V̂_j} + U_j (#{V_i = V̂_j} + 1)) / (n + 1)`.
    fn selected(&self, q: f64, stream: &mut Stream) -> Vec<usize> {
        let p = |&(below, equal): &(usize, usize)| {
            (below as f64 + stream.r#gen::<f64>() * (equal + 1) as f64) / (self.rows + 1) as f64
        };
        let p: Vec<f64> = self.below_equal.iter().map(p).collect();
        benjamini_hochberg(&p, q)
    }
}

/// A position of the largest number, at random among several.
fn largest(sizes: &[usize], stream: &mut Stream) -> usize {
    let most = sizes.iter().copied().max().unwrap_or(0);
    let best: Vec<usize> = (0..sizes.len()).filter(|&k| sizes[k] == most).collect();
    if best.len() > 1 { best[stream.gen_range(0..best.len())] } else { best.first().copied().unwrap_or(0) }
}

/// BH with model `k`: the rows selected at each level.
#[must_use]
pub fn fixed(scores: &Scores, k: usize, levels: &[f64], stream: &mut Stream) -> Vec<Vec<usize>> {
    let places = Places::new(scores, k);
    levels.iter().map(|&q| places.selected(q, stream)).collect()
}

/// BH with a model drawn at each level.
#[must_use]
pub fn random(scores: &Scores, levels: &[f64], stream: &mut Stream) -> Vec<Vec<usize>> {
    let of = |&q: &f64| {
        let k = stream.gen_range(0..scores.models());
        Places::new(scores, k).selected(q, stream)
    };
    levels.iter().map(of).collect()
}

/// BH with every model on the same calibration rows: at each level, all sets.
fn all(scores: &Scores, levels: &[f64], stream: &mut Stream) -> Vec<Vec<Vec<usize>>> {
    let places: Vec<Places> = (0..scores.models()).map(|k| Places::new(scores, k)).collect();
    levels.iter().map(|&q| places.iter().map(|p| p.selected(q, stream)).collect()).collect()
}

/// The largest of the sets of all models: the choice is not paid for.
#[must_use]
pub fn naive(scores: &Scores, levels: &[f64], stream: &mut Stream) -> Vec<Vec<usize>> {
    let largest_of = |mut sets: Vec<Vec<usize>>, stream: &mut Stream| {
        let sizes: Vec<usize> = sets.iter().map(Vec::len).collect();
        sets.swap_remove(largest(&sizes, stream))
    };
    let sets = all(scores, levels, stream);
    sets.into_iter().map(|sets| largest_of(sets, stream)).collect()
}

/// The set with the most rows of interest, which needs the test labels: no rule that ends in BH with one of the models
/// finds more.
#[must_use]
pub fn best(scores: &Scores, truth: &[bool], levels: &[f64], stream: &mut Stream) -> Vec<Vec<usize>> {
    let best_of = |mut sets: Vec<Vec<usize>>, stream: &mut Stream| {
        let hits: Vec<usize> = sets.iter().map(|s| s.iter().filter(|&&j| truth[j]).count()).collect();
        sets.swap_remove(largest(&hits, stream))
    };
    let sets = all(scores, levels, stream);
    sets.into_iter().map(|sets| best_of(sets, stream)).collect()
}

/// The model with the most rejections among the rows of `choice`, of which the first half are calibration and the rest
/// test rows; then BH with it, calibrated by all calibration rows of `last`. The scores of both may differ in their rows
/// only.
///
/// At a level too small for the first half, all models have no rejections, and one is drawn.
#[must_use]
pub fn split(choice: &Scores, last: &Scores, levels: &[f64], stream: &mut Stream) -> Vec<Vec<usize>> {
    let half = choice.rows() / 2;
    let inner = choice.inner(0..half, half..choice.rows());
    let counted = all(&inner, levels, stream);
    let places: Vec<Places> = (0..last.models()).map(|k| Places::new(last, k)).collect();
    let of = |(q, sets): (&f64, Vec<Vec<usize>>)| {
        let sizes: Vec<usize> = sets.iter().map(Vec::len).collect();
        places[largest(&sizes, stream)].selected(*q, stream)
    };
    levels.iter().zip(counted).map(of).collect()
}
