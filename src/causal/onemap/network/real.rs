//! The floating-point types that the network computes with.

use std::ops::{Add, Div, Mul, Sub};

use remeasure_core::numerics::kernels::lanes::Scalar;

/// `f32`, in which networks are trained, or `f64`, in which their gradients are checked.
pub trait Real:
    Scalar
    + Default
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Send
    + Sync
    + 'static
{
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// The value as an `f64`, exactly.
    fn widen(self) -> f64;
    /// `√self`, correctly rounded.
    #[must_use]
    fn root(self) -> Self;
}

macro_rules! real {
    ($type:ty) => {
        impl Real for $type {
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
            fn root(self) -> Self {
                self.sqrt()
            }
        }
    };
}

real!(f32);
real!(f64);
