//! Arrays as JSON or as `.npy` files.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ndarray::ArrayD;
use ndarray_npy::{ReadNpyError, ReadNpyExt};
use remeasure_core::numerics::Design;
use serde_json::{Map, Value, json};

use crate::shared::Shared;

/// Arrays with fewer numbers stand in the request itself.
const IN_LINE: usize = 1000;

/// An array of a request.
#[derive(Clone, Copy, Debug)]
pub enum Array<'a> {
    /// A matrix.
    Matrix(&'a Design),
    /// A vector.
    Vector(&'a [f64]),
    /// Labels from 0, sent from 1.
    Labels(&'a [usize]),
}

/// The data of a request: arrays and single values by name.
#[derive(Clone, Debug, Default)]
pub struct Data<'a> {
    pub(crate) arrays: Vec<(&'static str, Array<'a>)>,
    pub(crate) values: Vec<(&'static str, Value)>,
}

impl<'a> Data<'a> {
    /// Adds an array.
    #[must_use]
    pub fn array(mut self, name: &'static str, array: Array<'a>) -> Self {
        self.arrays.push((name, array));
        self
    }

    /// Adds a value.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.push((name, value.into()));
        self
    }

    /// Its JSON, with larger arrays written into the folder.
    pub(crate) fn to_json(&self, shared: &mut Shared) -> Result<Value> {
        let mut data = Map::new();
        for (name, array) in &self.arrays {
            data.insert((*name).to_owned(), array.to_json(name, shared)?);
        }
        data.extend(self.values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Ok(Value::Object(data))
    }
}

/// The header of a `.npy` file, version 1, padded to a multiple of 64 bytes.
fn npy_header(kind: &str, fortran: bool, shape: &[usize], header: &mut Vec<u8>) {
    let order = if fortran { "True" } else { "False" };
    let shape = match shape {
        [n] => format!("({n},)"),
        _ => format!("({})", shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
    };
    let text = format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}");
    // Magic, version and the length of the text take 10 bytes; a line feed ends it.
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    header.extend(b"\x93NUMPY\x01\x00");
    header.extend((length as u16).to_le_bytes());
    header.extend(text.as_bytes());
    header.resize(10 + length - 1, b' ');
    header.push(b'\n');
}

impl Array<'_> {
    fn shape(&self) -> Vec<usize> {
        match self {
            Self::Matrix(design) => vec![design.rows(), design.columns()],
            Self::Vector(values) => vec![values.len()],
            Self::Labels(labels) => vec![labels.len()],
        }
    }

    /// The numbers, row by row.
    fn in_line(&self) -> Vec<Value> {
        match self {
            Self::Matrix(design) => {
                let row = |i| (0..design.columns()).map(move |j| json!(design.column(j)[i]));
                (0..design.rows()).flat_map(row).collect()
            }
            Self::Vector(values) => values.iter().map(|v| json!(v)).collect(),
            Self::Labels(labels) => labels.iter().map(|y| json!(y + 1)).collect(),
        }
    }

    fn to_json(self, name: &'static str, shared: &mut Shared) -> Result<Value> {
        let shape = self.shape();
        if shape.iter().product::<usize>() < IN_LINE {
            return Ok(json!({"shape": shape, "values": self.in_line()}));
        }
        let (kind, fortran) = match self {
            Self::Matrix(_) => ("<f8", true),
            Self::Vector(_) => ("<f8", false),
            Self::Labels(_) => ("<i8", false),
        };
        let bytes = shared.buffer();
        npy_header(kind, fortran, &shape, bytes);
        let offset = bytes.len();
        match self {
            Self::Matrix(design) => {
                (0..design.columns()).for_each(|j| push_numbers(design.column(j), bytes));
            }
            Self::Vector(values) => push_numbers(values, bytes),
            Self::Labels(labels) => labels.iter().for_each(|y| bytes.extend((*y as i64 + 1).to_le_bytes())),
        }
        let file = shared.write(name)?;
        let order = if fortran { "F" } else { "C" };
        Ok(json!({"shape": shape, "npy": file, "offset": offset, "order": order, "dtype": kind}))
    }
}

fn push_numbers(values: &[f64], bytes: &mut Vec<u8>) {
    let at = bytes.len();
    bytes.resize(at + 8 * values.len(), 0);
    bytes[at..].chunks_exact_mut(8).zip(values).for_each(|(to, v)| to.copy_from_slice(&v.to_le_bytes()));
}

/// Numbers of an answer with their shape, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Numbers {
    /// Reads nested lists, or the array of a file in `folder`.
    pub(crate) fn read(value: &Value, folder: &Path) -> Result<Self> {
        let numbers = match value {
            Value::Object(file) => {
                let name = file.get("npy").and_then(Value::as_str);
                let name = name.context("an array is a list of numbers or {\"npy\": \"name.npy\"}")?;
                ensure!(
                    !name.contains(['/', '\\']) && name.ends_with(".npy"),
                    "`{name}` is not the name of a .npy file in the shared folder"
                );
                read_npy(&folder.join(name)).with_context(|| format!("cannot read {name}"))?
            }
            _ => {
                let (mut shape, mut values) = (Vec::new(), Vec::new());
                flatten(value, 0, &mut shape, &mut values)?;
                Self { shape, values }
            }
        };
        if let Some(at) = numbers.values.iter().position(|v| !v.is_finite()) {
            bail!("number {} is {}, not finite", at + 1, numbers.values[at]);
        }
        Ok(numbers)
    }
}

fn flatten(value: &Value, depth: usize, shape: &mut Vec<usize>, values: &mut Vec<f64>) -> Result<()> {
    match value {
        Value::Array(items) => {
            if shape.len() == depth {
                ensure!(values.is_empty(), "its rows differ in depth");
                shape.push(items.len());
            }
            ensure!(shape[depth] == items.len(), "its rows differ in length");
            items.iter().try_for_each(|item| flatten(item, depth + 1, shape, values))
        }
        Value::Number(number) => {
            ensure!(shape.len() == depth, "its rows differ in depth");
            values.push(number.as_f64().context("a number is out of range")?);
            Ok(())
        }
        other => bail!("expected numbers, found {other}"),
    }
}

fn read_npy(path: &Path) -> Result<Numbers> {
    // A pipe would be waited for.
    ensure!(std::fs::symlink_metadata(path)?.file_type().is_file(), "it is not a regular file");
    let bytes = std::fs::read(path)?;
    let of = |array: ArrayD<f64>| Numbers {
        shape: array.shape().to_vec(),
        values: array.iter().copied().collect(),
    };
    match ArrayD::<f64>::read_npy(bytes.as_slice()) {
        Ok(array) => Ok(of(array)),
        Err(ReadNpyError::WrongDescriptor(_)) => match ArrayD::<f32>::read_npy(bytes.as_slice()) {
            Ok(array) => Ok(of(array.mapv(f64::from))),
            Err(_) => {
                let array = ArrayD::<i64>::read_npy(bytes.as_slice());
                Ok(of(array.context("expected float64, float32 or int64")?.mapv(|v| v as f64)))
            }
        },
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_arrays_are_files_that_read_back_the_same() {
        let mut shared = Shared::new().unwrap();
        let values: Vec<f64> = (0..1200).map(|i| 0.1 * f64::from(i)).collect();
        let design = Design::from_columns(40, 30, values.clone());
        let sent = Array::Matrix(&design).to_json("X", &mut shared).unwrap();
        assert_eq!(
            (&sent["npy"], &sent["order"], &sent["offset"]),
            (&json!("X.npy"), &json!("F"), &json!(128))
        );
        let read = Numbers::read(&sent, shared.path()).unwrap();
        assert_eq!(read.shape, [40, 30]);
        assert_eq!(read.values[1], design.column(1)[0]);
        let labels: Vec<usize> = (0..2000).map(|i| i % 3).collect();
        let sent = Array::Labels(&labels).to_json("y", &mut shared).unwrap();
        assert_eq!(Numbers::read(&sent, shared.path()).unwrap().values[..4], [1.0, 2.0, 3.0, 1.0]);
        // A shorter array leaves nothing of a longer one behind.
        let sent = Array::Labels(&labels[..1000]).to_json("y", &mut shared).unwrap();
        assert_eq!(Numbers::read(&sent, shared.path()).unwrap().shape, [1000]);
    }

    #[test]
    fn small_arrays_are_in_line_row_by_row() {
        let design = Design::from_columns(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let sent = Array::Matrix(&design).to_json("X", &mut Shared::new().unwrap()).unwrap();
        assert_eq!(sent, json!({"shape": [2, 3], "values": [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]}));
    }

    #[test]
    fn only_regular_finite_numbers_are_arrays() {
        let read = |value: Value| Numbers::read(&value, Path::new("/nowhere"));
        assert_eq!(read(json!([[1, 2], [3, 4.5]])).unwrap().shape, [2, 2]);
        assert_eq!(read(json!(3)).unwrap().shape, [0; 0]);
        for wrong in [
            json!([[1], [2, 3]]),
            json!([1, [2]]),
            json!([[1], 2]),
            json!(["a"]),
            json!(null),
            json!({"npy": "../x.npy"}),
            json!({"npy": "x.npy"}),
            json!({}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
