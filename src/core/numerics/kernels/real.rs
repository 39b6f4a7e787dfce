//! The floating-point types that generic code computes with: `f32` and `f64`.

use std::fmt::{Debug, Display};
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use super::compress::Compress;
use super::lanes::Scalar;

/// `f32` or `f64`.
pub trait Real:
    Debug
    + Display
    + Default
    + PartialOrd
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + Scalar<Avx512: Compress<Self>, Avx2: Compress<Self>>
    + 'static
{
    /// 1.
    const ONE: Self;
    /// Positive infinity.
    const INFINITY: Self;
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// The value as an `f64`, exactly.
    fn widen(self) -> f64;
    /// `|self|`.
    #[must_use]
    fn abs(self) -> Self;
    /// `|self|` with the sign of `sign`.
    #[must_use]
    fn with_sign_of(self, sign: Self) -> Self;
    /// `√self`, correctly rounded.
    #[must_use]
    fn sqrt(self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! real {
    ($type:ty) => {
        impl Real for $type {
            const ONE: Self = 1.0;
            const INFINITY: Self = <$type>::INFINITY;
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation)]
            fn of(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$type>::abs(self)
            }
            #[inline(always)]
            fn with_sign_of(self, sign: Self) -> Self {
                <$type>::copysign(self, sign)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                <$type>::sqrt(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }
        }
    };
}

real!(f32);
real!(f64);
