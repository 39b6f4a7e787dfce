//! Every instruction set gives the documented bits.

use super::passes::{
    AdamStep, adam_at, ascend_and_shrink_at, ascend_at, compress_at, cover_at, norms_at, shrink_at,
};
use super::product::{Start, combine_at};
use super::*;
use crate::unfolded::Real;
use remeasure_core::numerics::kernels::levels;

/// Values of both signs and different sizes; every `gap`-th is zero.
fn block<R: Real>(length: usize, count: usize, phase: f64, gap: usize) -> Block<R> {
    let mut block = Block::zeros(length, count);
    for b in 0..count {
        for (i, v) in block.vector_mut(b).iter_mut().enumerate() {
            let at = (i * 7 + b * 13) as f64;
            let size = 10f64.powi((i % 5) as i32 - 2);
            *v = if (i + b).is_multiple_of(gap) { R::ZERO } else { R::of((at * 1.7 + phase).sin() * size) };
        }
    }
    block
}

fn bits<R: Real>(values: &[R]) -> Vec<u64> {
    // Widening preserves every bit of a single.
    values.iter().map(|v| v.widen().to_bits()).collect()
}

/// Sizes below, at and above those of a lane, a panel and a group of columns.
const SIZES: [(usize, usize); 8] =
    [(1, 1), (15, 16), (16, 17), (33, 64), (100, 65), (129, 130), (200, 200), (300, 3)];

fn products<R: Real>() {
    for (rows, columns) in SIZES {
        for gap in [2, 1000] {
            let value = |i: usize, k: usize| ((3 * i + 5 * k + i * k) as f64).cos();
            let matrix = Operand::<R>::from_fn(rows, columns, value);
            let (x, from) = (block::<R>(columns, 3, 0.3, gap), block::<R>(rows, 3, 0.9, 4));
            for (which, scale) in [(0, R::ONE), (1, -R::ONE), (2, R::of(0.3))] {
                let mut expected = Vec::new();
                for b in 0..3 {
                    for i in 0..rows {
                        let start = if which == 0 { R::ZERO } else { from.vector(b)[i] };
                        expected.push(
                            (0..columns).fold(start, |sum, k| {
                                (scale * x.vector(b)[k]).fused(R::of(value(i, k)), sum)
                            }),
                        );
                    }
                }
                for level in levels() {
                    let mut lists = Lists::new(columns, 3);
                    (0..3).for_each(|b| compress_at(level, &x, scale, &mut lists, b));
                    for b in 0..3 {
                        let nonzero = |k: &usize| x.vector(b)[*k] != R::ZERO;
                        let places: Vec<u32> = (0..columns).filter(nonzero).map(|k| k as u32).collect();
                        let values: Vec<R> =
                            places.iter().map(|k| scale * x.vector(b)[*k as usize]).collect();
                        assert_eq!(lists.list(b), (&places[..], &values[..]), "{level:?} {columns}");
                    }
                    // Two of three vectors: the last stays unchanged.
                    let mut out = from.clone();
                    let start = match which {
                        0 => Start::Zero,
                        1 => Start::Here,
                        _ => Start::From(&from),
                    };
                    combine_at(level, &matrix, &lists, start, &mut out, 2);
                    let found = [out.vector(0), out.vector(1)].concat();
                    assert_eq!(bits(&found), bits(&expected[..2 * rows]), "{level:?} {rows} × {columns}");
                    assert_eq!(bits(out.vector(2)), bits(from.vector(2)));
                    assert!((0..2).all(|b| out.whole(b)[rows..].iter().all(|v| *v == R::ZERO)));
                }
            }
        }
    }
}

#[test]
fn products_add_columns_in_order_at_every_level() {
    products::<f32>();
    products::<f64>();
}

fn passes<R: Real>() {
    for length in [1, 16, 100, 200] {
        let (x, g) = (block::<R>(length, 1, 0.1, 3), block::<R>(length, 1, 0.7, 1000));
        for (hard, cutoff) in [(false, R::INFINITY), (true, R::INFINITY), (false, R::of(0.5))] {
            let rule = Shrink { threshold: R::of(0.2), hard, cutoff };
            let step = R::of(0.37);
            let expected: Vec<R> = x
                .vector(0)
                .iter()
                .zip(g.vector(0))
                .map(|(x, g)| {
                    let u = step.fused(*g, *x);
                    match u.abs() {
                        size if size <= rule.threshold => R::ZERO,
                        size if hard || size >= cutoff => u,
                        _ if u > R::ZERO => u - rule.threshold,
                        _ => u + rule.threshold,
                    }
                })
                .collect();
            let mut first = None;
            for level in levels() {
                let mut fused = Block::zeros(length, 1);
                ascend_and_shrink_at(level, x.whole(0), g.whole(0), step, rule, fused.whole_mut(0));
                assert_eq!(bits(fused.vector(0)), bits(&expected), "{level:?} {length} {hard}");
                let mut apart = Block::zeros(length, 1);
                ascend_at(level, x.whole(0), g.whole(0), step, apart.whole_mut(0));
                shrink_at(level, apart.whole_mut(0), rule);
                assert_eq!(bits(apart.whole(0)), bits(fused.whole(0)));

                let mut gu = g.clone();
                let sums = cover_at(level, gu.whole_mut(0), fused.whole(0), x.whole(0), cutoff);
                let (mut along, mut pulled) = (0.0, 0.0);
                for (i, state) in expected.iter().copied().enumerate() {
                    let g = g.vector(0)[i].widen();
                    assert_eq!(gu.vector(0)[i].widen(), if state == R::ZERO { 0.0 } else { g });
                    if state != R::ZERO {
                        along += g * x.vector(0)[i].widen();
                        pulled += if state.abs() >= cutoff { 0.0 } else { g * state.widen().signum() };
                    }
                }
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-4 * (1.0 + b.abs());
                assert!(near(sums.along, along) && near(sums.pulled, pulled), "{level:?} {sums:?}");
                let (squares, sizes) = norms_at(level, g.whole(0));
                let naive = g
                    .vector(0)
                    .iter()
                    .fold((0.0, 0.0), |(s, a), v| (s + v.widen() * v.widen(), a + v.widen().abs()));
                assert!(near(squares, naive.0) && near(sizes, naive.1));

                let mut state = (vec![R::of(0.1); length], vec![R::of(0.02); length], vec![R::ONE; length]);
                let adam = AdamStep { first: 0.9, second: 0.999, rate: 0.02, root: 0.5, epsilon: 1e-8 };
                adam_at(level, adam, g.vector(0), &mut state.0, &mut state.1, &mut state.2);
                let all = (
                    [sums.along, sums.pulled, squares, sizes].map(f64::to_bits),
                    [bits(&state.0), bits(&state.1), bits(&state.2)],
                );
                assert_eq!(first.get_or_insert_with(|| all.clone()), &all, "{level:?} {length}");
            }
        }
    }
}

#[test]
fn passes_have_the_same_bits_at_every_level() {
    passes::<f32>();
    passes::<f64>();
}

#[test]
fn what_is_not_a_number_is_kept() {
    for level in levels() {
        let mut u = Block::<f32>::zeros(20, 1);
        u.vector_mut(0)[17] = f32::NAN;
        u.vector_mut(0)[3] = 0.1;
        let rule = Shrink { threshold: 0.5, hard: false, cutoff: f32::INFINITY };
        shrink_at(level, u.whole_mut(0), rule);
        assert!(u.vector(0)[17].is_nan() && u.vector(0)[3] == 0.0, "{level:?}");
        let mut lists = Lists::new(20, 1);
        compress_at(level, &u, 1.0, &mut lists, 0);
        assert_eq!(lists.list(0).0, [17], "{level:?}");
        assert!(norms_at(level, u.whole(0)).0.is_nan());
    }
}

#[test]
fn a_transpose_of_lists_has_their_entries_by_index() {
    let x = block::<f64>(70, 5, 0.2, 3);
    let (mut lists, mut other) = (Lists::new(70, 5), Lists::new(5, 70));
    (0..5).for_each(|b| compress(&x, 1.0, &mut lists, b));
    lists.transpose_into(&mut other, 4);
    for k in 0..70 {
        let expected: Vec<u32> = (0..4).filter(|b| x.vector(*b)[k] != 0.0).map(|b| b as u32).collect();
        let (places, values) = other.list(k);
        assert_eq!(places, expected);
        assert!(places.iter().zip(values).all(|(b, v)| *v == x.vector(*b as usize)[k]));
    }
}
