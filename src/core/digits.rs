//! Small images of handwritten digits, bundled for the families that use them.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use flate2::read::GzDecoder;

use crate::family::Input;
use crate::params::Invalid;
use crate::table::{Layout, Table};

/// Pixels along one edge.
pub const EDGE: usize = 8;

/// Pixels per image.
pub const PIXELS: usize = EDGE * EDGE;

/// Brightness from 0 to 1, row by row from the top.
pub type Image = [f64; PIXELS];

/// The 1,797 test images of Alpaydin and Kaynak (1998), CC BY 4.0; see `data/README.md`.
const DIGITS: &[u8] = include_bytes!("data/digits.csv.gz");

/// Images with the digits they show.
#[derive(Clone, Debug)]
pub struct Images {
    images: Vec<Image>,
    digits: Vec<usize>,
    input: Input,
}

impl Images {
    /// Decodes the bundled images.
    ///
    /// # Errors
    /// The bundled data are corrupt.
    pub fn bundled() -> Result<Self, Invalid> {
        let mut bytes = Vec::new();
        let read = GzDecoder::new(DIGITS).read_to_end(&mut bytes);
        read.map_err(|e| Invalid::new("kind", format!("digits.csv: {e}")))?;
        let table = Table::from_bytes("kind", "digits.csv", &bytes, Layout::default())?;
        let label = table.column("kind", "label")?;
        let pixels = (0..PIXELS).map(|j| table.numbers(j)).collect::<Result<Vec<_>, _>>()?;
        let images = (0..table.rows()).map(|i| std::array::from_fn(|j| pixels[j][i] / 16.0)).collect();
        let digits = table.numbers(label)?.into_iter().map(|v| v as usize).collect();
        Ok(Self {
            images, digits, input: table.input("1,797 handwritten digits of 8 × 8 pixels".to_owned())
        })
    }

    /// The bundled images, decoded once per process.
    ///
    /// # Errors
    /// As [`Images::bundled`].
    pub fn shared() -> Result<Arc<Self>, Invalid> {
        static IMAGES: OnceLock<Result<Arc<Images>, Invalid>> = OnceLock::new();
        IMAGES.get_or_init(|| Self::bundled().map(Arc::new)).clone()
    }

    /// Name and SHA-256 of the data set.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The image at position `i`.
    ///
    /// # Panics
    /// If `i` is out of range.
    #[must_use]
    pub fn image(&self, i: usize) -> &Image {
        &self.images[i]
    }

    /// The digit shown by each image, 0 to 9.
    #[must_use]
    pub fn digits(&self) -> &[usize] {
        &self.digits
    }

    /// Each image with its digit.
    pub fn iter(&self) -> impl Iterator<Item = (&Image, usize)> {
        self.images.iter().zip(self.digits.iter().copied())
    }
}
