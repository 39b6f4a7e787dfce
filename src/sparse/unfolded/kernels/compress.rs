//! Compresses vectors to their non-zero entries.

use remeasure_core::numerics::kernels::lanes::{Lanes, Portable};

use super::super::real::Real;

/// Lanes that can drop their zeros.
// Public only by name: the module is private.
#[allow(unreachable_pub)]
pub trait Compress<R>: Lanes<R> {
    /// Takes the first `valid` values (at most 16) at `from`. Writes the non-zero ones, times `scale`, to
    /// `values` and their positions, counted from `first`, to `indices`; returns their number.
    ///
    /// # Safety
    /// As [`Lanes`]; `from` must be readable and `indices` and `values` writable for 16 entries.
    #[inline(always)]
    unsafe fn compress(
        from: *const R,
        valid: usize,
        (first, scale): (u32, R),
        indices: *mut u32,
        values: *mut R,
    ) -> usize
    where
        R: Real,
    {
        let mut filled = 0;
        for (i, place) in (first..).take(valid).enumerate() {
            // SAFETY: the caller guarantees 16 values.
            unsafe {
                let value = *from.add(i);
                *indices.add(filled) = place;
                *values.add(filled) = scale * value;
                // NaN is kept too.
                filled += usize::from(value != R::ZERO);
            }
        }
        filled
    }
}

impl<R: Real> Compress<R> for Portable<R> {}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use remeasure_core::numerics::kernels::lanes::x86::{Avx2, Avx512};

    use super::Compress;

    impl Compress<f32> for Avx2<__m256> {}

    impl Compress<f64> for Avx2<__m256d> {}

    // SAFETY of the blocks below: the intrinsics need only AVX-512, and touch only the values that the caller
    // guarantees.
    impl Compress<f32> for Avx512<__m512> {
        #[inline(always)]
        unsafe fn compress(
            from: *const f32,
            valid: usize,
            (first, scale): (u32, f32),
            indices: *mut u32,
            values: *mut f32,
        ) -> usize {
            unsafe {
                let v = _mm512_loadu_ps(from);
                let within = ((1_u32 << valid) - 1) as u16;
                let mask = _mm512_mask_cmp_ps_mask::<_CMP_NEQ_UQ>(within, v, _mm512_setzero_ps());
                let scaled = _mm512_mul_ps(v, _mm512_set1_ps(scale));
                _mm512_storeu_ps(values, _mm512_maskz_compress_ps(mask, scaled));
                store_places(mask, first, indices);
                mask.count_ones() as usize
            }
        }
    }

    impl Compress<f64> for Avx512<__m512d> {
        #[inline(always)]
        unsafe fn compress(
            from: *const f64,
            valid: usize,
            (first, scale): (u32, f64),
            indices: *mut u32,
            values: *mut f64,
        ) -> usize {
            unsafe {
                let within = (1_u32 << valid) - 1;
                let (low, high) = (_mm512_loadu_pd(from), _mm512_loadu_pd(from.add(8)));
                let (zero, scale) = (_mm512_setzero_pd(), _mm512_set1_pd(scale));
                let below = _mm512_mask_cmp_pd_mask::<_CMP_NEQ_UQ>(within as u8, low, zero);
                let above = _mm512_mask_cmp_pd_mask::<_CMP_NEQ_UQ>((within >> 8) as u8, high, zero);
                let low = _mm512_maskz_compress_pd(below, _mm512_mul_pd(low, scale));
                let high = _mm512_maskz_compress_pd(above, _mm512_mul_pd(high, scale));
                _mm512_storeu_pd(values, low);
                _mm512_storeu_pd(values.add(below.count_ones() as usize), high);
                let mask = u16::from(below) | u16::from(above) << 8;
                store_places(mask, first, indices);
                mask.count_ones() as usize
            }
        }
    }

    /// Writes the positions of the set bits of `mask`, counted from `first`, to `indices`.
    ///
    /// # Safety
    /// AVX-512 is available; `indices` is writable for 16 entries.
    #[inline(always)]
    unsafe fn store_places(mask: u16, first: u32, indices: *mut u32) {
        // SAFETY: by the contract of this function.
        unsafe {
            let steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
            let places = _mm512_add_epi32(steps, _mm512_set1_epi32(first.cast_signed()));
            _mm512_storeu_si512(indices.cast(), _mm512_maskz_compress_epi32(mask, places));
        }
    }
}
