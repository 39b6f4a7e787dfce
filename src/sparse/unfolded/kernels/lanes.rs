//! Some contiguous values of a type, by the instructions that hold them.

use super::super::real::Real;

/// `WIDTH` lanes of `R`.
///
/// # Safety
/// The methods may need instructions beyond the target's baseline: call them
/// only where those have been detected. Pointers must be valid for `WIDTH` values.
pub trait Lanes<R>: Copy {
    const WIDTH: usize;
    unsafe fn splat(value: R) -> Self;
    unsafe fn load(from: *const R) -> Self;
    unsafe fn store(self, to: *mut R);
    /// `self * factor + addend`, rounded once.
    unsafe fn fused(self, factor: Self, addend: Self) -> Self;
}

#[derive(Clone, Copy)]
pub struct Portable<R>([R; 8]);

impl<R: Real> Lanes<R> for Portable<R> {
    const WIDTH: usize = 8;
    #[inline(always)]
    unsafe fn splat(value: R) -> Self {
        Self([value; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const R) -> Self {
        // SAFETY: the caller vouches for the values.
        Self(unsafe { from.cast::<[R; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut R) {
        // SAFETY: the caller vouches for the values.
        unsafe { to.cast::<[R; 8]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn fused(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].fused(factor.0[i], addend.0[i])))
    }
}

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    macro_rules! lanes {
        ($name:ident, $vector:ty, $real:ty, $width:literal, $splat:ident, $load:ident, $store:ident, $fused:ident) => {
            #[derive(Clone, Copy)]
            pub struct $name($vector);

            // SAFETY: each intrinsic needs only the features that the contract of `Lanes` asks
            // for, and touches only the values vouched for.
            impl Lanes<$real> for $name {
                const WIDTH: usize = $width;
                #[inline(always)]
                unsafe fn splat(value: $real) -> Self {
                    unsafe { Self($splat(value)) }
                }
                #[inline(always)]
                unsafe fn load(from: *const $real) -> Self {
                    unsafe { Self($load(from)) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut $real) {
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn fused(self, factor: Self, addend: Self) -> Self {
                    unsafe { Self($fused(self.0, factor.0, addend.0)) }
                }
            }
        };
    }

    lanes!(Avx512Single, __m512, f32, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps);
    lanes!(Avx512Double, __m512d, f64, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd);
    lanes!(Avx2Single, __m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps);
    lanes!(Avx2Double, __m256d, f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd);
}
