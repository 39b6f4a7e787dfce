//! Exponentials and functions made of them, without branches or calls, so that loops over them are vectorised.
//!
//! Every operation is rounded as IEEE 754 says, and fused ones are written out: scalar and vector code of
//! every level return the same bits. A loop gets vector instructions inside a
//! [`multiversion!`](crate::multiversion).

/// 1.5·2⁵²: a number of moderate size added to it is rounded to an integer, which its low bits then hold.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// ln 2 in two parts, the first with trailing zeros.
const LN2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);

/// 1/2!, 1/3!, … 1/13!: the remainder of the series is below 2⁻⁵⁷ for `|r| ≤ ln 2 / 2`.
const SERIES: [f64; 12] = [
    0.5,
    0.166_666_666_666_666_66,
    0.041_666_666_666_666_664,
    0.008_333_333_333_333_333,
    0.001_388_888_888_888_889,
    1.984_126_984_126_984e-4,
    2.480_158_730_158_73e-5,
    2.755_731_922_398_589_3e-6,
    2.755_731_922_398_589e-7,
    2.505_210_838_544_172e-8,
    2.087_675_698_786_81e-9,
    1.605_904_383_682_161_3e-10,
];

/// `eʳ − 1` and `k` with `x = k ln 2 + r` and `|r| ≤ ln 2 / 2`, for `x` limited to where `eˣ` is neither 0 nor
/// infinite; NaN stays NaN.
#[inline(always)]
fn reduce(x: f64) -> (f64, f64) {
    let x = if x > 710.0 { 710.0 } else { x };
    let x = if x < -746.0 { -746.0 } else { x };
    let k = x.mul_add(std::f64::consts::LOG2_E, ROUND) - ROUND;
    let r = k.mul_add(-LN2.1, k.mul_add(-LN2.0, x));
    // Pairs of terms first, so that fewer operations wait for each other.
    let c = &SERIES;
    let (r2, pair) = (r * r, |i: usize| r.mul_add(c[i + 1], c[i]));
    let r4 = r2 * r2;
    let low = r2.mul_add(pair(2), pair(0));
    let middle = r2.mul_add(pair(6), pair(4));
    let high = r2.mul_add(pair(10), pair(8));
    let sum = r4.mul_add(r4.mul_add(high, middle), low);
    (r2.mul_add(sum, r), k)
}

/// `2ᵏ` for an integer `k` from −1022 to 1023.
#[inline(always)]
fn power(k: f64) -> f64 {
    f64::from_bits(((k + ROUND).to_bits() << 52).wrapping_add(1023 << 52))
}

/// `eˣ`, within one unit in the last place; two where the result is subnormal.
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    let (p, k) = reduce(x);
    scaled(p, k)
}

/// `2ᵏ (1 + p)`, in two steps, because `2ᵏ` may be out of range.
#[inline(always)]
fn scaled(p: f64, k: f64) -> f64 {
    let half = k.mul_add(0.5, ROUND) - ROUND;
    (1.0 + p) * power(half) * power(k - half)
}

/// `eˣ − 1`, within two units in the last place, also near 0.
#[inline(always)]
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    let (p, k) = reduce(x);
    let bounded = if k < -1000.0 { -1000.0 } else { k };
    let bounded = if bounded > 1000.0 { 1000.0 } else { bounded };
    let scale = power(bounded);
    let near = scale.mul_add(p, scale - 1.0);
    if x > 100.0 { scaled(p, k) } else { near }
}

/// `tanh x`, within four units in the last place.
#[inline(always)]
#[must_use]
pub fn tanh(x: f64) -> f64 {
    // Beyond 20 it is ±1 to the last bit; exp_m1 would be infinite at 355.
    let size = x.abs();
    let size = if size > 20.0 { 20.0 } else { size };
    let e = exp_m1(2.0 * size);
    (e / (e + 2.0)).copysign(x)
}

/// `1/33, 1/31, … 1/3`: the remainder of the series in [`softplus`] is below 2⁻⁵⁵ relative to the sum.
const ATANH: [f64; 16] = {
    let mut terms = [0.0; 16];
    let mut n = 0;
    while n < 16 {
        terms[n] = 1.0 / (33 - 2 * n) as f64;
        n += 1;
    }
    terms
};

/// `ln(1 + eˣ)`, within four units in the last place.
#[inline(always)]
#[must_use]
pub fn softplus(x: f64) -> f64 {
    let size = x.abs();
    let u = exp(-size);
    // ln(1 + u) = 2 atanh(u / (2 + u)), where the argument is at most 1/3.
    let s = u / (2.0 + u);
    let square = s * s;
    let mut sum = ATANH[0];
    let mut n = 1;
    while n < ATANH.len() {
        sum = sum.mul_add(square, ATANH[n]);
        n += 1;
    }
    let log = 2.0 * (s * square).mul_add(sum, s);
    let positive = if x > 0.0 { x } else { 0.0 };
    // x of NaN is neither positive nor lost: |NaN| went through the exponential.
    positive + log
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::kernels::{Level, levels};

    /// The head and tail of a sum.
    fn two_sum(a: f64, b: f64) -> (f64, f64) {
        let s = a + b;
        let t = s - a;
        (s, (a - (s - t)) + (b - t))
    }

    /// The product of two unevaluated sums.
    fn times(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
        let p = a.0 * b.0;
        two_sum(p, a.0.mul_add(b.0, -p) + (a.0 * b.1 + a.1 * b.0))
    }

    /// `eˣ − 1` to about 100 bits, for `|x| ≤ 500`: a series at `x/2¹⁶`, then `(1 + u)² − 1 = u(2 + u)`.
    fn reference(x: f64) -> (f64, f64) {
        let small = (x / 65536.0, 0.0);
        let (mut term, mut sum) = (small, small);
        for k in 2..14 {
            let factor = 1.0 / f64::from(k);
            term = times(times(term, small), (factor, -factor.mul_add(f64::from(k), -1.0) * factor));
            let (head, tail) = two_sum(sum.0, term.0);
            sum = two_sum(head, tail + sum.1 + term.1);
        }
        for _ in 0..16 {
            let (head, tail) = two_sum(2.0, sum.0);
            sum = times(sum, two_sum(head, tail + sum.1));
        }
        sum
    }

    fn arguments() -> impl Iterator<Item = f64> {
        let even = (-40_000..40_000).map(|i| f64::from(i) * 0.0123);
        let near = (0..4000).flat_map(|i| {
            let small = 2f64.powf(-f64::from(i) * 0.01);
            [small, -small, 1.0 - small, small - 1.0]
        });
        even.chain(near)
    }

    #[test]
    fn exponentials_are_within_their_bounds() {
        let ulp = |v: f64| f64::from_bits(v.abs().to_bits() + 1) - v.abs();
        let (mut worst, mut worst_m1) = (0.0_f64, 0.0_f64);
        for x in arguments() {
            let (head, tail) = reference(x);
            worst_m1 = worst_m1.max(((exp_m1(x) - head) - tail).abs() / ulp(head));
            let (one, rest) = two_sum(1.0, head);
            let error = ((exp(x) - one) - (rest + tail)).abs() / ulp(one + rest);
            worst = worst.max(if x > -30.0 { error } else { 0.0 });
        }
        assert!(worst < 1.0 && worst_m1 < 2.0, "{worst} {worst_m1}");
        // Below −30, 1 + (eˣ − 1) loses digits: compare reciprocals.
        for x in (300..7080).map(|i| -0.1 * f64::from(i)) {
            assert!((exp(x) * exp(-x) - 1.0).abs() < 4e-16, "{x}");
        }
    }

    #[test]
    fn limits_are_exact() {
        let infinity = f64::INFINITY;
        for (x, expected) in [
            (0.0, 1.0),
            (-0.0, 1.0),
            (infinity, infinity),
            (-infinity, 0.0),
            (-746.0, 0.0),
            (710.0, infinity),
        ] {
            assert_eq!(exp(x), expected, "{x}");
        }
        for (x, expected) in
            [(0.0, 0.0), (infinity, infinity), (-infinity, -1.0), (-50.0, -1.0), (1e-300, 1e-300)]
        {
            assert_eq!(exp_m1(x), expected, "{x}");
        }
        assert!(exp(f64::NAN).is_nan() && exp_m1(f64::NAN).is_nan());
        assert!((exp(-745.0) - 5e-324).abs() == 0.0 && exp(709.7).is_finite() && exp_m1(709.7) == exp(709.7));
        let subnormal = exp(-730.0) / f64::MIN_POSITIVE;
        assert!((subnormal / (-730.0_f64 - f64::MIN_POSITIVE.ln()).exp() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn hyperbolic_tangents_and_soft_maxima_are_within_their_bounds() {
        let ulp = |v: f64| f64::from_bits(v.abs().to_bits() + 1) - v.abs();
        for x in arguments() {
            let near = |found: f64, expected: f64| (found - expected).abs() <= 5.0 * ulp(expected);
            assert!(near(tanh(x), x.tanh()), "{x}");
            let expected = x.max(0.0) + (-x.abs()).exp().ln_1p();
            assert!(near(softplus(x), expected), "{x} {} {expected}", softplus(x));
        }
        let infinity = f64::INFINITY;
        assert_eq!((tanh(infinity), tanh(-infinity), tanh(0.0)), (1.0, -1.0, 0.0));
        assert_eq!((softplus(infinity), softplus(-infinity)), (infinity, 0.0));
        assert!(tanh(f64::NAN).is_nan() && softplus(f64::NAN).is_nan() && tanh(-0.0).is_sign_negative());
    }

    #[test]
    fn every_level_returns_the_same_bits() {
        fn all(level: Level, x: &[f64], out: &mut [f64]) {
            #[inline(always)]
            fn body(x: &[f64], out: &mut [f64]) {
                for (out, x) in out.iter_mut().zip(x) {
                    *out = (exp(*x) + exp_m1(*x)) + (tanh(*x) + softplus(*x));
                }
            }
            crate::multiversion!(level, [] (x: &[f64], out: &mut [f64]) -> (), body(x, out));
        }
        let x: Vec<f64> = arguments().collect();
        let expected: Vec<f64> =
            x.iter().map(|x| (exp(*x) + exp_m1(*x)) + (tanh(*x) + softplus(*x))).collect();
        for level in levels() {
            let mut out = vec![0.0; x.len()];
            all(level, &x, &mut out);
            assert!(out.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{level:?}");
        }
    }
}
