//! From the bytes of a file to the cells of a table.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use ndarray::{ArrayD, Axis, Ix2};
use ndarray_npy::{ReadNpyError, ReadNpyExt, ReadableElement};

use super::layout::{DELIMITERS, Decimal, Delimiter, Layout};
use super::shown;
use crate::format::count;
use crate::numerics::Design;

/// The first bytes of files that are not plain text.
const GZIP: &[u8] = b"\x1f\x8b";
const NPY: &[u8] = b"\x93NUMPY";
const ZIP: &[u8] = b"PK\x03\x04";

/// Cells of a table.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// Text, with the line of the file on which each record begins, from 1.
    Text { records: Vec<StringRecord>, lines: Vec<usize> },
    /// Numbers of a `.npy` file.
    Numbers(Design),
}

/// Names of the columns, and the cells.
pub(super) type Contents = (Vec<String>, Cells);

/// Reads the contents of a file: CSV text in UTF-8 or UTF-16 or an array of NumPy, either of which may be compressed.
///
/// # Errors
/// What is wrong, without the name of the file.
pub(super) fn contents(bytes: &[u8], layout: &Layout) -> Result<Contents, String> {
    if bytes.starts_with(GZIP) {
        let mut plain = Vec::new();
        let read = MultiGzDecoder::new(bytes).read_to_end(&mut plain);
        read.map_err(|e| format!("its gzip compression cannot be undone: {e}"))?;
        if plain.starts_with(GZIP) {
            return Err("it is compressed twice".to_owned());
        }
        return contents(&plain, layout);
    }
    if bytes.starts_with(NPY) {
        let values = array(bytes)?;
        return Ok((numbered(values.columns()), Cells::Numbers(values)));
    }
    if bytes.starts_with(ZIP) {
        return Err(
            "it is a ZIP archive, such as an Excel workbook or a .npz file; save the table as CSV".to_owned()
        );
    }
    text(&utf8(bytes)?, layout)
}

/// Names of columns without names: 1, 2, ….
fn numbered(columns: usize) -> Vec<String> {
    (1..=columns).map(|j| j.to_string()).collect()
}

/// The array in a `.npy` file: rows × columns, or one column.
fn array(bytes: &[u8]) -> Result<Design, String> {
    let array = elements::<f64>(bytes, |v| v)
        .or_else(|| elements::<f32>(bytes, f64::from))
        .or_else(|| elements::<i64>(bytes, |v| v as f64))
        .or_else(|| elements::<i32>(bytes, f64::from))
        .or_else(|| elements::<i16>(bytes, f64::from))
        .or_else(|| elements::<i8>(bytes, f64::from))
        .or_else(|| elements::<u8>(bytes, f64::from))
        .or_else(|| elements::<u16>(bytes, f64::from))
        .or_else(|| elements::<u32>(bytes, f64::from))
        .or_else(|| elements::<bool>(bytes, |v| f64::from(u8::from(v))))
        .unwrap_or_else(|| {
            Err("expected an array of numbers: float64, float32, an integer type or bool".to_owned())
        })?;
    let shape = array.shape().to_vec();
    let table = match shape.len() {
        1 => array.insert_axis(Axis(1)),
        2 => array,
        _ => return Err(format!("expected an array with 1 or 2 axes, found the shape {shape:?}")),
    };
    let table = table.into_dimensionality::<Ix2>().map_err(|e| e.to_string())?;
    let (rows, columns) = table.dim();
    let mut values = Vec::with_capacity(rows * columns);
    for column in table.columns() {
        values.extend(column.iter().copied());
    }
    Ok(Design::from_columns(rows, columns, values))
}

/// The array as numbers, if its elements are of the type `T`.
fn elements<T: ReadableElement + Copy>(
    bytes: &[u8],
    number: fn(T) -> f64,
) -> Option<Result<ArrayD<f64>, String>> {
    match ArrayD::<T>::read_npy(Cursor::new(bytes)) {
        Ok(array) => Some(Ok(array.mapv(number))),
        Err(ReadNpyError::WrongDescriptor(_)) => None,
        Err(error) => Some(Err(format!("it cannot be read as an array of NumPy: {error}"))),
    }
}

/// Text in UTF-8; text with the mark of UTF-16 is converted.
fn utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let (little, rest) = match bytes {
        [0xff, 0xfe, rest @ ..] => (true, rest),
        [0xfe, 0xff, rest @ ..] => (false, rest),
        _ if bytes.contains(&0) => {
            return Err("it has bytes of value 0, as binary files do, and texts in UTF-16 without a byte-order mark; save \
                        the table as CSV in UTF-8"
                .to_owned());
        }
        _ => return Ok(Cow::Borrowed(bytes)),
    };
    let unit = if little { u16::from_le_bytes } else { u16::from_be_bytes };
    let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.len() % 2 == 0 => Ok(Cow::Owned(text.into_bytes())),
        _ => Err("it begins as text in UTF-16, but is not; save the table as CSV in UTF-8".to_owned()),
    }
}

/// Reads text.
fn text(bytes: &[u8], layout: &Layout) -> Result<Contents, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(!layout.headless())
        .delimiter(layout.delimiter().0)
        .from_reader(bytes);
    let mut names = Vec::new();
    if !layout.headless() {
        names = reader.headers().map_err(|e| plain(&e, layout))?.iter().map(str::to_owned).collect();
        check_header(&names, layout)?;
    }
    let (mut records, mut lines) = (Vec::new(), Vec::new());
    // Lines are counted up to the byte where the last record began.
    let (mut counted, mut line) = (0, 1);
    for (row, record) in reader.records().enumerate() {
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let begin = position.map_or(counted, |p| p.byte() as usize).clamp(counted, bytes.len());
        // The reader skips empty lines, but its positions lie before them.
        let begin = begin + bytes[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        line += line_ends(&bytes[counted..begin]);
        counted = begin;
        let record = record.map_err(|e| format!("row {} (line {line}): {}", row + 1, plain(&e, layout)))?;
        lines.push(line);
        records.push(record);
    }
    if let (true, Some(first)) = (layout.headless(), records.first()) {
        let cells: Vec<String> = first.iter().map(str::to_owned).collect();
        check_delimiter(&cells, layout)?;
        names = numbered(cells.len());
    }
    Ok((names, Cells::Text { records, lines }))
}

/// The reader's error, where its own text would give lines that are not the file's.
fn plain(error: &csv::Error, layout: &Layout) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let commas = layout.delimiter() == Delimiter::default() && len > expected_len;
            let hint = match layout.decimal() {
                _ if !commas => "",
                Decimal::Comma => {
                    "; with decimal = \",\", another delimiter must separate the cells: set delimiter = \";\""
                }
                Decimal::Point => " (if commas are decimal, set decimal = \",\" and delimiter = \";\")",
            };
            format!("expected {}, found {len}{hint}", count(*expected_len as usize, "cell"))
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("cell {} is not text in UTF-8; save the table in UTF-8", err.field() + 1)
        }
        _ => error.to_string(),
    }
}

/// Number of line ends: `\n`, `\r\n` or `\r`.
fn line_ends(bytes: &[u8]) -> usize {
    let ends = |(i, byte): (usize, &u8)| *byte == b'\n' || *byte == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    bytes.iter().enumerate().filter(|at| ends(*at)).count()
}

/// Refuses a first line of one cell that another delimiter would split.
fn check_delimiter(first: &[String], layout: &Layout) -> Result<(), String> {
    let [only] = first else { return Ok(()) };
    let delimiter = layout.delimiter();
    // A single number with its decimal comma.
    if layout.decimal() == Decimal::Comma && only.replacen(',', ".", 1).trim().parse::<f64>().is_ok() {
        return Ok(());
    }
    let found = DELIMITERS.into_iter().find_map(|(byte, word)| {
        let parts: Vec<&str> = only.split(char::from(byte)).collect();
        // Names may have spaces, numbers have none.
        let likely = byte != b' ' || parts.iter().all(|part| part.parse::<f64>().is_ok());
        (byte != delimiter.0 && parts.len() > 1 && likely).then_some((Delimiter(byte), word, parts.len()))
    });
    let Some((other, word, cells)) = found else { return Ok(()) };
    Err(format!(
        "the first line, `{}`, looks like {cells} cells separated by {word}, and was read as one, separated by {}: set \
         delimiter = {}",
        shown(only),
        delimiter.word(),
        other.toml()
    ))
}

/// Refuses a first line that is not a header, as its names would be wrong or its numbers lost.
fn check_header(header: &[String], layout: &Layout) -> Result<(), String> {
    check_delimiter(header, layout)?;
    if let Some(j) = header.iter().position(|name| name.trim().is_empty()) {
        return Err(format!(
            "column {} of {} has no name (some programs write row numbers so): name it in the first line, or leave the \
             column out",
            j + 1,
            header.len()
        ));
    }
    let number = |name: &String| name.trim().replace(',', ".").parse::<f64>().is_ok();
    if !header.is_empty() && header.iter().all(number) {
        return Err(format!(
            "the first line has only numbers (`{}`), but it must be a header: put a line with the columns' names above \
             it, or set header = false",
            shown(&header.join(","))
        ));
    }
    Ok(())
}
