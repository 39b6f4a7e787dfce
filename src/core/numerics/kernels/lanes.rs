//! Eight lanes of `f64`, by the instructions that hold them.

/// Eight lanes of `f64`.
///
/// # Safety
/// The methods may need instructions beyond the target's baseline: call them
/// only where those have been detected. Pointers must be valid for eight
/// values (`load`, `store`) or `count` values (`load_first`).
pub(super) trait Lanes: Copy {
    unsafe fn splat(value: f64) -> Self;
    unsafe fn load(from: *const f64) -> Self;
    unsafe fn load_first(from: *const f64, count: usize) -> Self;
    unsafe fn store(self, to: *mut f64);
    /// `self * factor + addend`, rounded once.
    unsafe fn fused(self, factor: Self, addend: Self) -> Self;
    /// `((0+4) + (2+6)) + ((1+5) + (3+7))`, by lane.
    unsafe fn sum(self) -> f64;
}

#[derive(Clone, Copy)]
pub(super) struct Portable([f64; 8]);

impl Lanes for Portable {
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        Self([value; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        // SAFETY: the caller vouches for eight values.
        Self(unsafe { from.cast::<[f64; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f64, count: usize) -> Self {
        let mut lanes = [0.0; 8];
        // SAFETY: the caller vouches for `count` ≤ 8 values.
        lanes[..count].copy_from_slice(unsafe { std::slice::from_raw_parts(from, count) });
        Self(lanes)
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        // SAFETY: the caller vouches for eight values.
        unsafe { to.cast::<[f64; 8]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn fused(self, factor: Self, addend: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i].mul_add(factor.0[i], addend.0[i])))
    }
    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        let v = self.0;
        ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(__m256d, __m256d);

    /// `((0+4) + (2+6)) + ((1+5) + (3+7))` from the sums `lane + (lane + 4)`.
    #[inline(always)]
    unsafe fn fold(four: __m256d) -> f64 {
        // SAFETY: AVX is there, by the contract of `Lanes`.
        unsafe {
            let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }

    // SAFETY of the two blocks below: each intrinsic needs only the features
    // that the contract of `Lanes` asks for, and reads only the values vouched for.
    impl Lanes for Avx2 {
        #[inline(always)]
        unsafe fn splat(value: f64) -> Self {
            unsafe { Self(_mm256_set1_pd(value), _mm256_set1_pd(value)) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            unsafe { Self(_mm256_loadu_pd(from), _mm256_loadu_pd(from.add(4))) }
        }
        #[inline(always)]
        unsafe fn load_first(from: *const f64, count: usize) -> Self {
            let mut lanes = [0.0; 8];
            unsafe {
                std::ptr::copy_nonoverlapping(from, lanes.as_mut_ptr(), count);
                Self::load(lanes.as_ptr())
            }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            unsafe {
                _mm256_storeu_pd(to, self.0);
                _mm256_storeu_pd(to.add(4), self.1);
            }
        }
        #[inline(always)]
        unsafe fn fused(self, factor: Self, addend: Self) -> Self {
            unsafe {
                Self(_mm256_fmadd_pd(self.0, factor.0, addend.0), _mm256_fmadd_pd(self.1, factor.1, addend.1))
            }
        }
        #[inline(always)]
        unsafe fn sum(self) -> f64 {
            unsafe { fold(_mm256_add_pd(self.0, self.1)) }
        }
    }

    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512(__m512d);

    impl Lanes for Avx512 {
        #[inline(always)]
        unsafe fn splat(value: f64) -> Self {
            unsafe { Self(_mm512_set1_pd(value)) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            unsafe { Self(_mm512_loadu_pd(from)) }
        }
        #[inline(always)]
        unsafe fn load_first(from: *const f64, count: usize) -> Self {
            unsafe { Self(_mm512_maskz_loadu_pd(((1_u16 << count) - 1) as u8, from)) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            unsafe { _mm512_storeu_pd(to, self.0) }
        }
        #[inline(always)]
        unsafe fn fused(self, factor: Self, addend: Self) -> Self {
            unsafe { Self(_mm512_fmadd_pd(self.0, factor.0, addend.0)) }
        }
        #[inline(always)]
        unsafe fn sum(self) -> f64 {
            unsafe {
                let low = _mm512_castpd512_pd256(self.0);
                fold(_mm256_add_pd(low, _mm512_extractf64x4_pd::<1>(self.0)))
            }
        }
    }
}
