//! Patches of photographs and textures.

use std::sync::{Arc, OnceLock};

use rand::seq::index;
use remeasure_core::Invalid;
use remeasure_core::family::Input;
use remeasure_core::numerics::{Design, dense, kernels};
use remeasure_core::stream::Streams;
use remeasure_core::table::{Layout, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Data;

/// Pixels along a side of a patch.
pub(crate) const EDGE: usize = 8;
const PIXELS: usize = EDGE * EDGE;

/// The images that patches are from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Images {
    /// Four photographs: a man with a camera, a cup of coffee, a cat, an astronaut.
    #[default]
    Natural,
    /// Brick, grass and gravel.
    Textures,
}

/// See `data/README.md` for their sources and licences.
const NATURAL: &[u8] = include_bytes!("../data/natural.npy.gz");
const TEXTURES: &[u8] = include_bytes!("../data/textures.npy.gz");

/// Patches of one kind, each image standardised.
#[derive(Debug)]
struct Pool {
    /// `64 × N`.
    patches: Design,
    input: Input,
}

impl Pool {
    fn shared(images: Images) -> Result<&'static Self, Invalid> {
        static POOLS: [OnceLock<Result<Pool, Invalid>>; 2] = [OnceLock::new(), OnceLock::new()];
        let (at, name, bytes) = match images {
            Images::Natural => (0, "natural.npy.gz", NATURAL),
            Images::Textures => (1, "textures.npy.gz", TEXTURES),
        };
        POOLS[at].get_or_init(|| Self::read(name, bytes)).as_ref().map_err(Clone::clone)
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Self, Invalid> {
        let table = Table::from_bytes("images", name, bytes, Layout::default())?;
        let numbers = table.numbers(0)?;
        let pixels = table.design(&(1..=PIXELS).collect::<Vec<_>>())?;
        let n = table.rows();
        let mut patches = Design::from_columns(PIXELS, n, vec![0.0; PIXELS * n]);
        for d in 0..PIXELS {
            for (n, v) in pixels.column(d).iter().enumerate() {
                patches.column_mut(n)[d] = *v;
            }
        }
        for image in 0..=numbers.iter().copied().fold(0.0, f64::max) as usize {
            let of: Vec<usize> = (0..n).filter(|&n| numbers[n] as usize == image).collect();
            let count = (of.len() * PIXELS) as f64;
            let sum = |f: &dyn Fn(f64) -> f64| -> f64 {
                of.iter().flat_map(|&n| patches.column(n)).map(|v| f(*v)).sum::<f64>() / count
            };
            let mean = sum(&|v| v);
            let deviation = sum(&|v| (v - mean) * (v - mean)).sqrt();
            for &n in &of {
                patches.column_mut(n).iter_mut().for_each(|v| *v = (*v - mean) / deviation);
            }
        }
        let input = table.input(format!("{n} patches of {EDGE} × {EDGE} pixels"));
        Ok(Self { patches, input })
    }
}

/// Patches of images, whitened.
#[derive(Clone, Debug)]
pub struct Patches {
    /// The images.
    pub images: Images,
    /// Patches to learn from.
    pub n: usize,
    /// Patches to test on.
    pub test: usize,
    /// Atoms to learn.
    pub units: usize,
    pub(super) inputs: Vec<Input>,
}

/// Added to the eigenvalues, as a share of their mean.
const RIDGE: f64 = 0.01;

impl Patches {
    /// # Errors
    /// More patches than there are.
    pub(super) fn new(images: Images, n: usize, test: usize, units: usize) -> Result<Self, Invalid> {
        let pool = Pool::shared(images)?;
        let held = pool.patches.columns();
        if n + test > held {
            let message =
                format!("expected `n` and `test` of at most {held} patches in all, found {}", n + test);
            return Err(Invalid::new("n", message));
        }
        Ok(Self { images, n, test, units, inputs: vec![pool.input.clone()] })
    }

    /// Patches drawn without replacement from those that are bundled. Each is centred; then all are whitened by the second
    /// moments of those to learn from (`U (Λ + .01 mean Λ)^−½ Uᵀ`) and scaled so that these have mean square 1.
    ///
    /// # Errors
    /// As [`dense::eigen`].
    pub(super) fn draw(&self, streams: &Streams) -> anyhow::Result<Data> {
        let pool = Pool::shared(self.images)?;
        let chosen =
            index::sample(&mut streams.stream("patches"), pool.patches.columns(), self.n + self.test);
        let mut values = Vec::with_capacity(PIXELS * chosen.len());
        for at in chosen {
            let patch = pool.patches.column(at);
            let mean = patch.iter().sum::<f64>() / PIXELS as f64;
            values.extend(patch.iter().map(|v| v - mean));
        }
        let test = values.split_off(PIXELS * self.n);
        let mut y = Design::from_columns(PIXELS, self.n, values);
        let mut test = Design::from_columns(PIXELS, self.test, test);
        whiten(&mut y, &mut test)?;
        Ok(Data {
            y: Arc::new(y),
            test: Some(Arc::new(test)),
            units: self.units,
            width: EDGE,
            truth: None,
            planted: None,
        })
    }
}

/// Whitens both by the second moments of the first, and scales both so that the first has mean square 1.
fn whiten(y: &mut Design, test: &mut Design) -> anyhow::Result<()> {
    let (d, n) = (y.rows(), y.columns());
    let mut moments = vec![0.0; d * d];
    for datum in 0..n {
        let datum = y.column(datum);
        for (row, v) in moments.chunks_exact_mut(d).zip(datum) {
            kernels::axpy(v / n as f64, datum, row);
        }
    }
    let (values, vectors) = dense::eigen(d, &moments)?;
    let ridge = RIDGE * values.iter().sum::<f64>() / d as f64;
    let mut transform = Design::from_columns(d, d, vec![0.0; d * d]);
    for (j, value) in values.iter().enumerate() {
        let vector = vectors.column(j);
        let scale = 1.0 / (value.max(0.0) + ridge).sqrt();
        for i in 0..d {
            kernels::axpy(scale * vector[i], vector, transform.column_mut(i));
        }
    }
    let mut whitened = vec![0.0; d];
    for data in [&mut *y, &mut *test] {
        for n in 0..data.columns() {
            transform.tmul(data.column(n), &mut whitened);
            data.column_mut(n).copy_from_slice(&whitened);
        }
    }
    let scale = (kernels::squared_norm(y.as_slice()) / (n * d) as f64).sqrt();
    for data in [y, test] {
        data.as_mut_slice().iter_mut().for_each(|v| *v /= scale);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whitened_patches_have_nearly_equal_variances() {
        let patches = Patches::new(Images::Natural, 3000, 500, 64).unwrap();
        let data = patches.draw(&Streams { seed: 1, cell: 2, replicate: 0 }).unwrap();
        let y = &data.y;
        assert_eq!((y.rows(), y.columns(), data.test.as_ref().unwrap().columns()), (64, 3000, 500));
        let mut moments = vec![0.0; 64 * 64];
        for n in 0..3000 {
            for (row, v) in moments.chunks_exact_mut(64).zip(y.column(n)) {
                kernels::axpy(v / 3000.0, y.column(n), row);
            }
        }
        let (values, _) = dense::eigen(64, &moments).unwrap();
        // One direction, that of constant patches, is left out; the others are shrunk by Λ / (Λ + ridge).
        assert!(values[0].abs() < 1e-10 && values[63] < 3.0, "{values:?}");
        assert!((values.iter().sum::<f64>() / 64.0 - 1.0).abs() < 1e-10);
        assert!(values.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
        assert_eq!(patches.inputs[0].holds, "4800 patches of 8 × 8 pixels");
    }
}
