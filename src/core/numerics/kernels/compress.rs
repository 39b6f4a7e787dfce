//! Compresses vectors to their non-zero entries.

use super::lanes::{Lanes, Portable};
use super::real::Real;

/// Lanes that can drop their zeros.
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

    use super::super::lanes::x86::{Avx2, Avx512};
    use super::Compress;

    impl Compress<f64> for Avx2<__m256d> {}

    /// The positions of the set bits of every byte, in order; the rest is 0.
    static PLACES: [[u32; 8]; 256] = {
        let mut table = [[0; 8]; 256];
        let mut byte = 0;
        while byte < 256 {
            let (mut bit, mut filled) = (0, 0);
            while bit < 8 {
                if byte >> bit & 1 == 1 {
                    table[byte][filled] = bit;
                    filled += 1;
                }
                bit += 1;
            }
            byte += 1;
        }
        table
    };

    // SAFETY of the blocks below: the intrinsics need only the instructions of the level, and touch only the
    // values that the caller guarantees.
    impl Compress<f32> for Avx2<__m256> {
        #[inline(always)]
        unsafe fn compress(
            from: *const f32,
            valid: usize,
            (first, scale): (u32, f32),
            indices: *mut u32,
            values: *mut f32,
        ) -> usize {
            let mut filled = 0;
            for half in [0, 8] {
                unsafe {
                    let v = _mm256_loadu_ps(from.add(half));
                    let differs = _mm256_cmp_ps::<_CMP_NEQ_UQ>(v, _mm256_setzero_ps());
                    let within = ((1_u32 << valid) - 1) >> half & 0xff;
                    let mask = _mm256_movemask_ps(differs).cast_unsigned() & within;
                    let order = _mm256_loadu_si256(PLACES[mask as usize].as_ptr().cast());
                    let scaled = _mm256_mul_ps(v, _mm256_set1_ps(scale));
                    _mm256_storeu_ps(values.add(filled), _mm256_permutevar8x32_ps(scaled, order));
                    let place = _mm256_set1_epi32((first + half as u32).cast_signed());
                    _mm256_storeu_si256(indices.add(filled).cast(), _mm256_add_epi32(order, place));
                    filled += mask.count_ones() as usize;
                }
            }
            filled
        }
    }

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
