//! The one matrix product of the encoder: `out = x · w + bias` in f32.
//!
//! Everything lives in columns of [`WIDTH`] floats ("panels"): activations as
//! `[panel][row][WIDTH]`, weights as `[output panel][input][WIDTH]`. That one layout needs no
//! packing at run time, lets threads own whole output panels without `unsafe`, and makes a
//! head's values `V` a ready weight panel.

use pulp::{Simd, WithSimd};

/// Columns in a panel: two AVX-512 vectors, four of AVX2, eight of NEON.
pub(super) const WIDTH: usize = 32;

/// One row of one panel, on its own cache lines.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Row(pub(super) [f32; WIDTH]);

impl Row {
    pub(super) const ZERO: Row = Row([0.0; WIDTH]);
}

/// Activations, `[panel][rows][WIDTH]`; columns past the true width are zero.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a> {
    pub(super) rows: usize,
    pub(super) data: &'a [Row],
}

/// One output panel of a product: rows `first..first + out.len()` of `x` times `weight`.
pub(super) struct Product<'a> {
    pub(super) x: Panels<'a>,
    pub(super) first: usize,
    /// `[inputs][WIDTH]`; its length is the inner dimension, at most `WIDTH` per panel of `x`.
    pub(super) weight: &'a [Row],
    pub(super) bias: &'a Row,
    /// `[rows][WIDTH]`, overwritten.
    pub(super) out: &'a mut [Row],
}

impl WithSimd for Product<'_> {
    type Output = ();

    /// Tile sizes keep all accumulators in registers: 16 of 32 for AVX-512 (more rows make LLVM
    /// spill, measured), 12 of 16 for AVX2, 24 of 32 for NEON.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.tiles::<S, 2, 8>(simd),
            8 => self.tiles::<S, 2, 6>(simd),
            4 => self.tiles::<S, 4, 6>(simd),
            _ => self.tiles::<S, 8, 2>(simd),
        }
    }
}

impl Product<'_> {
    /// Cuts the rows into tiles of nearly equal height, at most `MAX`: 9 rows are 5 + 4, not 8 + 1.
    #[inline(always)]
    fn tiles<S: Simd, const VECTORS: usize, const MAX: usize>(self, simd: S) {
        let count = self.out.len().div_ceil(MAX);
        let (mut rest, mut first) = (self.out, self.first);
        for left in (1..=count).rev() {
            let height = rest.len().div_ceil(left);
            let (out, tail) = rest.split_at_mut(height);
            let product = Product { x: self.x, first, weight: self.weight, bias: self.bias, out };
            match height {
                1 => simd.vectorize(Tile::<VECTORS, 1>(product)),
                2 => simd.vectorize(Tile::<VECTORS, 2>(product)),
                3 => simd.vectorize(Tile::<VECTORS, 3>(product)),
                4 => simd.vectorize(Tile::<VECTORS, 4>(product)),
                5 => simd.vectorize(Tile::<VECTORS, 5>(product)),
                6 => simd.vectorize(Tile::<VECTORS, 6>(product)),
                7 => simd.vectorize(Tile::<VECTORS, 7>(product)),
                _ => simd.vectorize(Tile::<VECTORS, 8>(product)),
            }
            rest = tail;
            first += height;
        }
    }
}

/// `ROWS` rows by `VECTORS` vectors, accumulated in registers.
struct Tile<'a, const VECTORS: usize, const ROWS: usize>(Product<'a>);

impl<const VECTORS: usize, const ROWS: usize> WithSimd for Tile<'_, VECTORS, ROWS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { x, first, weight, bias, out } = self.0;
        let step = VECTORS * S::F32_LANES;
        let Some(out) = out.first_chunk_mut::<ROWS>() else { return };
        for column in (0..WIDTH).step_by(step) {
            let columns = column..column + step;
            let mut sums = [vectors::<S, VECTORS>(simd, &bias.0[columns.clone()]); ROWS];
            for (x, weight) in x.data.chunks(x.rows).zip(weight.chunks(WIDTH)) {
                let Some(x) = x.get(first..).and_then(|x| x.first_chunk::<ROWS>()) else { return };
                for (k, weight) in weight.iter().enumerate() {
                    let weight = vectors::<S, VECTORS>(simd, &weight.0[columns.clone()]);
                    for (sums, x) in sums.iter_mut().zip(x) {
                        // `% WIDTH` is free and removes the bounds check.
                        let x = simd.splat_f32s(x.0[k % WIDTH]);
                        for (sum, weight) in sums.iter_mut().zip(weight) {
                            *sum = simd.mul_add_e_f32s(x, weight, *sum);
                        }
                    }
                }
            }
            for (out, sums) in out.iter_mut().zip(sums) {
                S::as_mut_simd_f32s(&mut out.0[columns.clone()]).0.copy_from_slice(&sums);
            }
        }
    }
}

#[inline(always)]
fn vectors<S: Simd, const N: usize>(simd: S, values: &[f32]) -> [S::f32s; N] {
    S::as_simd_f32s(values).0.first_chunk().copied().unwrap_or([simd.splat_f32s(0.0); N])
}
