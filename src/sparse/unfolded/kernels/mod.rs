//! Kernels for batches of signals.
//!
//! A product is a sum of scaled columns: every value of the result has one
//! accumulator, to which the terms are added in the order of the columns, each
//! by a fused multiply–add. The result therefore has the same bits whatever
//! instructions the processor offers, however the rows are cut into panels,
//! and whether columns with a zero coefficient are visited or passed over.
//! Sums run in sixteen lanes that are added as a balanced tree.

// Public in name only: the module is not.
#[allow(unreachable_pub, missing_docs, clippy::missing_safety_doc)]
mod lanes;
mod memory;
mod passes;
mod product;
#[cfg(test)]
mod tests;

pub(crate) use memory::{Block, Lists, Operand};
pub(crate) use passes::{AdamStep, Shrink, adam, ascend, ascend_and_shrink, compress, cover, norms, shrink};
pub(crate) use product::{Start, combine};

use lanes::Lanes;
#[cfg(test)]
use remeasure_core::numerics::kernels::Level;

/// Values that rows are padded to, and lanes of a sum.
pub(crate) const LANES: usize = 16;

/// What the kernels need of a scalar: its vectors on each level.
#[doc(hidden)]
pub trait Kernel: Sized {
    #[cfg(target_arch = "x86_64")]
    type Avx512: Lanes<Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx2: Lanes<Self>;
}

impl Kernel for f32 {
    #[cfg(target_arch = "x86_64")]
    type Avx512 = lanes::x86::Avx512Single;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = lanes::x86::Avx2Single;
}

impl Kernel for f64 {
    #[cfg(target_arch = "x86_64")]
    type Avx512 = lanes::x86::Avx512Double;
    #[cfg(target_arch = "x86_64")]
    type Avx2 = lanes::x86::Avx2Double;
}

/// Levels that this processor offers.
#[cfg(test)]
pub(crate) fn levels() -> Vec<Level> {
    let mut found = vec![Level::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            found.push(Level::Avx2);
        }
        if is_x86_feature_detected!("avx512f") {
            found.push(Level::Avx512);
        }
    }
    found
}

/// Compiles one body for every level and calls the one that is asked for.
macro_rules! multiversion {
    ($level:expr, $body:ident::<$real:ident>($($argument:ident: $type:ty),*) -> $result:ty) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        unsafe fn avx512<$real: crate::unfolded::Real>($($argument: $type),*) -> $result {
            $body::<$real>($($argument),*)
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2<$real: crate::unfolded::Real>($($argument: $type),*) -> $result {
            $body::<$real>($($argument),*)
        }
        // SAFETY: a level names only instructions that were detected.
        unsafe {
            match $level {
                #[cfg(target_arch = "x86_64")]
                remeasure_core::numerics::kernels::Level::Avx512 => avx512::<$real>($($argument),*),
                #[cfg(target_arch = "x86_64")]
                remeasure_core::numerics::kernels::Level::Avx2 => avx2::<$real>($($argument),*),
                remeasure_core::numerics::kernels::Level::Portable => $body::<$real>($($argument),*),
            }
        }
    }};
}
pub(crate) use multiversion;
