//! Mutated configs, tables and journals: whatever is in a file, reading it ends with a value or an error, never with a
//! panic. The inputs follow from their numbers, so that a failing one can be made again.
//!
//! `REMEASURE_FUZZ=1000000 cargo test --release --test fuzz` reads that many inputs in all; the default is a minute's
//! worth on two cores together with everything else that CI runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use remeasure::core::numerics::splitmix::SplitMix64;
use remeasure::core::table::{Decimal, Delimiter, Layout, Table};
use remeasure::harness::config::{Document, Overrides};
use remeasure::harness::journal::{sessions, survey};
use remeasure::harness::registry::Registry;
use remeasure::harness::workflow::{self, Ended, Options};

/// Inputs in all, of which each kind gets a share.
fn inputs() -> u64 {
    std::env::var("REMEASURE_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000)
}

struct Random(SplitMix64);

impl Random {
    fn of(kind: u64, input: u64) -> Self {
        Self(SplitMix64::new(kind.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ input))
    }

    fn below(&mut self, n: usize) -> usize {
        (self.0.uniform() * n as f64) as usize % n.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// Texts that readers treat specially.
const PIECES: [&str; 34] = [
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "#",
    "-1",
    "0",
    "1e308",
    "-1e308",
    "1e-320",
    "nan",
    "inf",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "0.1",
    "true",
    "\u{feff}",
    "\0",
    "é",
    "\\",
    "kind",
    "problem.",
    "..",
    "\u{202e}",
];

/// Changes a few bytes, lines or words.
fn mutated(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(out.len() + 1);
        let to = (at + random.below(24)).min(out.len());
        match random.below(7) {
            0 => {
                out.drain(at..to);
            }
            1 => {
                let piece = random.pick(&PIECES);
                out.splice(at..at, piece.bytes());
            }
            2 => {
                let piece = random.pick(&PIECES);
                out.splice(at..to, piece.bytes());
            }
            3 => {
                if at < out.len() {
                    out[at] ^= 1 << random.below(8);
                }
            }
            4 => {
                let copy = out[at..to].to_vec();
                let place = random.below(out.len() + 1);
                out.splice(place..place, copy);
            }
            5 => out.truncate(at),
            _ => {
                // A line moves or is lost.
                let mut lines: Vec<&[u8]> = out.split(|b| *b == b'\n').collect();
                let line = lines.remove(random.below(lines.len()));
                if random.below(2) == 0 {
                    lines.insert(random.below(lines.len() + 1), line);
                }
                out = lines.join(&b'\n');
            }
        }
    }
    out
}

/// Runs `read` on every input; a panic fails with the number of the input and its text.
fn each(kind: u64, count: u64, make: impl Fn(&mut Random) -> Vec<u8>, read: impl Fn(&[u8], &mut Random)) {
    for input in 0..count {
        let mut random = Random::of(kind, input);
        let bytes = make(&mut random);
        let ended = catch_unwind(AssertUnwindSafe(|| read(&bytes, &mut random)));
        assert!(ended.is_ok(), "input {input} panics:\n{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn configs() {
    let registry = Registry::new(remeasure::FAMILIES, remeasure::CONFIGS).unwrap();
    let shipped: Vec<&str> = registry.experiments().map(|e| e.config).collect();
    let read = |bytes: &[u8], _: &mut Random| {
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        let Ok(document) = Document::parse("mutated.toml", text) else { return };
        for profile in document.profiles() {
            let Ok(resolved) = document.resolve(profile, &Overrides::default()) else { continue };
            // Large sweeps are valid, but take their time.
            if resolved.cell_count() < 300 {
                let _ = workflow::resolve(&registry, &document, profile, &Overrides::default(), &[]);
            }
        }
    };
    each(1, inputs() / 20, |random| mutated(random.pick(&shipped).as_bytes(), random), read);
}

#[test]
fn tables() {
    let npy: &[u8] = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\
        \x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\
        \x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\x20\
        \n\0\0\0\0\0\0\xf0?\0\0\0\0\0\0\0@\0\0\0\0\0\0\x08@\0\0\0\0\0\0\x10@";
    let wide: Vec<u8> = "\u{feff}a;b\n1,5;2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let seeds: [&[u8]; 6] = [
        b"x,y,z\n1,2,3\n4,5,6\n\n7,8,9\n",
        b"\"a\nb\";c\r\n1,5;2\r\n3;\"x\"\"y\"\r\n",
        b"\xef\xbb\xbfa\tb\n1e300\t-0\nnan\tinf\n",
        b"0.5 1.25\n1 2\n",
        npy,
        &wide,
    ];
    let read = |bytes: &[u8], random: &mut Random| {
        let delimiters =
            [",", ";", "\t", "|", " "].map(|text| toml::Value::from(text).try_into::<Delimiter>().unwrap());
        let layout = Layout {
            header: (random.below(2) == 0).then_some(false),
            delimiter: [None, Some(delimiters[random.below(5)])][random.below(2)],
            decimal: [None, Some(Decimal::Point), Some(Decimal::Comma)][random.below(3)],
        };
        let Ok(table) = Table::from_bytes("data", "mutated", bytes, layout) else { return };
        for j in 0..table.header().len() {
            match table.numbers(j) {
                Ok(numbers) => {
                    assert!(numbers.len() == table.rows() && numbers.iter().all(|v| v.is_finite()))
                }
                Err(error) => assert!(!error.message.contains(['\n', '\r', '\0']), "{}", error.message),
            }
            assert_eq!(table.cells(j).count(), table.rows());
            let _ = table.column("label", &table.header()[j]);
        }
    };
    each(2, inputs() / 20 * 17, |random| mutated(random.pick(&seeds), random), read);
}

/// A config whose run takes no time.
const SMALL: &str = "experiment = 'small'\ntitle = 'Small'\nfamily = 'sparse'\nseed = 5\n[profile.quick]\n\
    replicates = 6\n[problem]\np = 6\nk = 1\nsignal = 'signs'\nsnr_db = 20\n[sweep]\nproblem.n = [8, 12]\n\
    [[estimator]]\nkind = 'oracle'\n[[estimator]]\nkind = 'omp'\n";

#[test]
fn journals() {
    let registry = Registry::new(remeasure::FAMILIES, remeasure::CONFIGS).unwrap();
    let document = Document::parse("small.toml", SMALL).unwrap();
    let plan = || workflow::resolve(&registry, &document, "quick", &Overrides::default(), &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = Options { jobs: 1, ..Options::new(folder.path()) };
    assert!(matches!(workflow::run(plan(), &options, &mut ()).unwrap(), Ended::Complete(_)));
    let run = folder.path().join("small/quick");
    let journal = std::fs::read(run.join("journal")).unwrap();
    let planned = plan();
    let session = planned.session().unwrap();
    let read = |bytes: &[u8], _: &mut Random| {
        std::fs::write(run.join("journal"), bytes).unwrap();
        let _ = sessions(&run);
        if let Ok(Some(found)) = survey(&run, &planned.plan, &session, false) {
            assert!(found.coverage.done() <= planned.plan.trials());
        }
    };
    each(3, inputs() / 10, |random| mutated(&journal, random), read);
    // Whatever it held, the run goes on to the same numbers.
    let expected = std::fs::read(run.join("records.csv")).unwrap();
    for input in 0..20 {
        let mut random = Random::of(4, input);
        std::fs::write(run.join("journal"), mutated(&journal, &mut random)).unwrap();
        if let Ok(Ended::Complete(_)) = workflow::run(plan(), &options, &mut ()) {
            assert!(std::fs::read(run.join("records.csv")).unwrap() == expected, "input {input}");
        }
    }
    assert!(Path::new(&run).is_dir());
}
