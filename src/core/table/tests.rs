//! Tests of reading.

use super::*;

#[test]
fn cells_are_named_by_row_line_and_column() {
    let table = Table::from_bytes("data", "a.csv", b"x, y\n1,low\ninf,high\n", Layout::default()).unwrap();
    assert_eq!((table.header().len(), table.rows()), (2, 2));
    let label = table.column("label", "y").unwrap();
    assert_eq!(table.cells(label).collect::<Vec<_>>(), ["low", "high"]);
    let error = table.numbers(0).unwrap_err();
    assert_eq!(error.key, "data");
    assert_eq!(error.message, "a.csv: row 2 (line 3), column `x`: expected a finite number, found `inf`");
    let missing = table.column("label", "z").unwrap_err();
    assert_eq!(
        (missing.key.as_str(), missing.message.as_str()),
        ("label", "a.csv: no column `z`; the columns are `x`, `y`")
    );
}

#[test]
fn lines_are_those_of_the_file() {
    // Empty lines, line breaks within quotes, and the three kinds of line ends.
    for (bytes, line) in [
        (&b"x,y\n1,2\n\n\n3,a\n"[..], 5),
        (b"x,y\r\n1,2\r\n\r\n3,a\r\n", 4),
        (b"x,y\r1,2\r\r3,a\r", 4),
        (b"x,\"y\nz\"\n1,2\n3,\"\na\"\n", 4),
        (b"\n\nx,y\n1,2\n3,a\n", 5),
    ] {
        let error =
            Table::from_bytes("data", "a.csv", bytes, Layout::default()).unwrap().numbers(1).unwrap_err();
        assert!(error.message.contains(&format!("row 2 (line {line})")), "{}", error.message);
        assert!(!error.message.contains('\n'), "{}", error.message);
    }
}

#[test]
fn a_first_line_that_is_no_header_is_refused() {
    for (bytes, part) in [
        (&b"0.5,1.25\n1,2\n"[..], "has only numbers (`0.5,1.25`)"),
        (b",x,y\n0,1,2\n", "column 1 of 3 has no name"),
        (
            b"x;y\n1;2\n",
            "looks like 2 cells separated by semicolons, and was read as one, separated by commas: set delimiter = \";\"",
        ),
        (b"x\ty\n1\t2\n", "set delimiter = \"\\t\""),
    ] {
        let error = Table::from_bytes("data", "a.csv", bytes, Layout::default()).unwrap_err();
        assert!(error.message.contains(part), "{}", error.message);
    }
    // A year among names is a name.
    assert!(Table::from_bytes("data", "a.csv", b"2020,x\n1,2\n", Layout::default()).is_ok());
}

#[test]
fn digest_is_that_of_the_bytes() {
    // Computed with sha256sum.
    let table = Table::from_bytes("x", "a.csv", b"a\n1\n", Layout::default()).unwrap();
    assert_eq!(
        table.input(String::new()).digest,
        "309b0e45a73d3fc5325e2b6ed0a01ef8b9cde6b05a5633c1f893f970d52bfddc"
    );
}

fn read(bytes: &[u8], layout: Layout) -> Result<Vec<Vec<f64>>, Invalid> {
    let table = Table::from_bytes("data", "a", bytes, layout)?;
    (0..table.header().len()).map(|j| table.numbers(j)).collect()
}

fn layout(keys: &str) -> Layout {
    #[derive(serde::Deserialize)]
    struct Keys {
        header: Option<bool>,
        delimiter: Option<Delimiter>,
        decimal: Option<Decimal>,
    }
    let Keys { header, delimiter, decimal } = toml::from_str(keys).unwrap();
    Layout { header, delimiter, decimal }
}

#[test]
fn layouts_are_read_as_their_keys_say() {
    let expected = vec![vec![1.5, -2.0], vec![3.25, 4e-3]];
    for (text, keys) in [
        ("a,b\n1.5,3.25\n-2,4e-3\n", ""),
        ("a;b\n1,5;3,25\n-2;4e-3\n", "delimiter = ';'\ndecimal = ','"),
        ("a\tb\r\n1.5\t3.25\r\n-2\t0.004\r\n", "delimiter = \"\\t\""),
        ("a|b\n1.5|3.25\n-2|4e-3", "delimiter = '|'"),
        ("1.5 3.25\n-2 4e-3\n", "header = false\ndelimiter = ' '"),
        ("a,b\n\"1,5\",\"3,25\"\n-2,\"0,004\"\n", "decimal = ','"),
        ("\u{feff}a,b\n1.5,3.25\n-2,4e-3\n", "header = true"),
    ] {
        assert_eq!(read(text.as_bytes(), layout(keys)).unwrap(), expected, "{text:?}");
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let mark = if text.starts_with('\u{feff}') { None } else { Some(0xfeff) };
        let units: Vec<u16> = mark.into_iter().chain(utf16).collect();
        let (little, big): (Vec<u8>, Vec<u8>) = (
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
            units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        );
        for bytes in [little, big] {
            assert_eq!(read(&bytes, layout(keys)).unwrap(), expected, "{text:?}");
        }
    }
}

#[test]
fn what_seems_laid_out_otherwise_is_refused_with_the_key_that_reads_it() {
    for (bytes, keys, part) in [
        (&b"x|y\n1|2\n"[..], "", "set delimiter = \"|\""),
        (b"x,y\n1,2\n", "delimiter = ';'", "set delimiter = \",\""),
        (b"0.5 1.25\n1 2\n", "", "set delimiter = \" \""),
        (b"0.5;1.25\n1;2\n", "header = false", "set delimiter = \";\""),
        (b"x;y\n1,5;2\n", "delimiter = ';'", "(if commas are decimal, set decimal = \",\")"),
        (b"x;y\n1.5;2\n", "delimiter = ';'\ndecimal = ','", "with a decimal comma, as decimal = \",\" says"),
        (b"y\n1,5\n", "", "row 1 (line 2): expected 1 cell, found 2"),
        (b"y\n1,5\n", "decimal = ','", "with decimal = \",\", another delimiter"),
        (b"1,2\n3,4\n", "", "or set header = false"),
        (b"1,5;2\n3;4\n", "delimiter = ';'", "or set header = false"),
        (b"x,y\n1,2\n3\n", "", "row 2 (line 3): expected 2 cells, found 1"),
        (b"x,y\n1,2\n3,\xff\n", "", "row 2 (line 3): cell 2 is not text in UTF-8"),
        (b"x\0,\0y\0\n\0", "", "UTF-16 without a byte-order mark"),
        (b"PK\x03\x04...", "", "ZIP archive"),
        (b"\x1f\x8b\x08broken", "", "gzip compression cannot be undone"),
        (b"\x93NUMPY\x01\x00", "", "cannot be read as an array of NumPy"),
        (b"x,y\n1e306,2\n", "", "expected a number of a size up to 1e305, found `1e306`"),
        (b"x,y\n1e-306,2\n0,2\n", "", "column `x`: its numbers are at most 1e-306 in size"),
    ] {
        let error = read(bytes, layout(keys)).unwrap_err();
        assert!(error.message.contains(part), "{:?}: {}", String::from_utf8_lossy(bytes), error.message);
        assert!(error.message.starts_with("a: "), "{}", error.message);
    }
    let twice = Table::from_bytes("data", "a.csv", b"x,x\n1,2\n", Layout::default()).unwrap();
    assert!(twice.column("label", "x").unwrap_err().message.contains("several columns are called `x`"));
    // A tiny number among others is a number.
    assert!(read(b"p\n1e-310\n0.5\n", Layout::default()).is_ok());
    let unknown = toml::from_str::<toml::Table>("d = ':'").unwrap()["d"].clone().try_into::<Delimiter>();
    assert!(unknown.unwrap_err().to_string().contains("expected one of \",\", \";\""));
}

#[test]
fn arrays_and_compressed_files_are_read() {
    use std::io::Write as _;

    use ndarray::{Array, array};
    use ndarray_npy::WriteNpyExt as _;

    let bytes = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = Vec::new();
        write(&mut bytes);
        bytes
    };
    let expected = [vec![1.0, 3.0, 5.0], vec![2.0, 4.0, 6.0]];
    let rows = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
    let fortran = Array::from_shape_vec(ndarray::ShapeBuilder::f((3, 2)), expected.concat()).unwrap();
    for file in [
        bytes(&|out| rows.write_npy(out).unwrap()),
        bytes(&|out| fortran.write_npy(out).unwrap()),
        bytes(&|out| rows.mapv(|v| v as f32).write_npy(out).unwrap()),
        bytes(&|out| rows.mapv(|v| v as i64).write_npy(out).unwrap()),
        bytes(&|out| rows.mapv(|v| v as u8).write_npy(out).unwrap()),
        b"a,b\n1,2\n3,4\n5,6\n".to_vec(),
    ] {
        let table = Table::from_bytes("x", "a", &file, Layout::default()).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&file).unwrap();
        let packed = Table::from_bytes("x", "a", &encoder.finish().unwrap(), Layout::default()).unwrap();
        for table in [&table, &packed] {
            assert_eq!((table.rows(), table.header().len()), (3, 2));
            for (j, column) in expected.iter().enumerate() {
                assert_eq!(&table.numbers(j).unwrap(), column);
            }
            assert_eq!(table.cells(1).collect::<Vec<_>>(), ["2", "4", "6"]);
        }
    }
    let column = bytes(&|out| array![1.0, f64::NAN].write_npy(out).unwrap());
    let table = Table::from_bytes("y", "y.npy", &column, Layout::default()).unwrap();
    let error = table.numbers(0).unwrap_err();
    assert_eq!(error.message, "y.npy: row 2, column `1`: expected a finite number, found `NaN`");
    let cube = bytes(&|out| Array::<f64, _>::zeros((2, 2, 2)).write_npy(out).unwrap());
    let error = Table::from_bytes("x", "x.npy", &cube, Layout::default()).unwrap_err();
    assert!(error.message.contains("1 or 2 axes, found the shape [2, 2, 2]"), "{}", error.message);
}

#[test]
fn a_constant_response_is_refused_and_paths_start_at_the_folder() {
    let folder = std::env::temp_dir().join(format!("remeasure-table-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("x.csv"), "a,b\n1,2\n3,4\n5,7\n").unwrap();
    for (y, ok) in
        [("0.1\n0.1\n0.1", false), ("0.3\n0.30000000000000004\n0.3", false), ("1\n1.000000001\n1", true)]
    {
        std::fs::write(folder.join("y.csv"), format!("price\n{y}\n")).unwrap();
        let read = within(&folder, || {
            regression(("x", Path::new("x.csv")), ("y", Path::new("y.csv")), Layout::default())
        });
        match read {
            Ok(found) => {
                assert!(ok, "{y}");
                assert_eq!(found.inputs[0].holds, "3 rows of 2 features: `a`, `b`");
                assert_eq!(
                    (found.inputs[1].name.as_str(), found.inputs[1].holds.as_str()),
                    ("y.csv", "3 rows of the response `price`")
                );
            }
            Err(error) => {
                assert!(!ok, "{y}: {error}");
                assert!(error.message.starts_with("y.csv: the response `price` is constant ("), "{error}");
            }
        }
    }
    let away =
        regression(("x", Path::new("x.csv")), ("y", Path::new("y.csv")), Layout::default()).unwrap_err();
    assert!(away.message.contains("relative to the current folder"), "{away}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn keys_of_text_are_refused_for_arrays() {
    use ndarray::array;
    use ndarray_npy::WriteNpyExt as _;

    let mut npy = Vec::new();
    array![[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]].write_npy(&mut npy).unwrap();
    let mut short = Vec::new();
    array![1.0, 2.0, 4.0].write_npy(&mut short).unwrap();
    for (keys, key) in [
        ("header = false", "header"),
        ("delimiter = ','", "delimiter"),
        ("decimal = '.'", "decimal"),
        ("delimiter = ';'\ndecimal = ','", "delimiter"),
    ] {
        let error = Table::from_bytes("data", "a.npy", &npy, layout(keys)).unwrap_err();
        assert_eq!(error.key, key);
        let part = format!("a.npy is an array of NumPy, for which this key has no meaning; remove `{key}`");
        assert!(error.message.starts_with(&part), "{error}");
    }
    assert!(Table::from_bytes("data", "a.npy", &npy, Layout::default()).is_ok());
    // Of two files, the keys may concern only one.
    let folder = std::env::temp_dir().join(format!("remeasure-layout-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("x.npy"), npy).unwrap();
    std::fs::write(folder.join("y.npy"), short).unwrap();
    std::fs::write(folder.join("y.csv"), "1,5\n2\n4\n").unwrap();
    let read = |y: &str, keys: &str| {
        let of = ("data.x", Path::new("x.npy"));
        within(&folder, || regression(of, ("data.y", Path::new(y)), layout(keys)))
    };
    let csv = read("y.csv", "header = false\ndelimiter = ';'\ndecimal = ','").unwrap();
    assert_eq!(csv.response, [1.5, 2.0, 4.0]);
    let error = read("y.npy", "decimal = ','").unwrap_err();
    assert_eq!(error.key, "data.decimal");
    assert!(error.message.starts_with("x.npy is an array"), "{error}");
    assert!(read("y.npy", "").is_ok());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn columns_are_named_by_text_or_number() {
    #[derive(Debug, serde::Deserialize)]
    struct Keys {
        label: ColumnName,
    }
    for keys in ["label = 2", "label = '2'"] {
        let Keys { label } = toml::from_str(keys).unwrap();
        let table = Table::from_bytes("data", "a.csv", b"1,a\n3,b\n", layout("header = false")).unwrap();
        assert_eq!(table.column("label", &label).unwrap(), 1);
        // So may a name in the first line be.
        let named = Table::from_bytes("data", "a.csv", b"x,2\n3,b\n", Layout::default()).unwrap();
        assert_eq!(named.column("label", &label).unwrap(), 1);
    }
    let error = toml::from_str::<Keys>("label = 1.5").unwrap_err().to_string();
    assert!(error.contains("expected the name of a column, such as \"x\", \"1\" or 1"), "{error}");
}
