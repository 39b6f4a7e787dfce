//! The user's own laws, texts and constraints, and bad input.

use std::path::Path;

use remeasure_core::table::within;
use remeasure_sampling::Data;

use super::{data, estimator, problem, refused};

/// Runs `test` with relative paths in a folder that has these files.
fn with_files(files: &[(&str, &[u8])], test: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("a file");
    }
    within(folder.path(), || test(folder.path()));
}

#[test]
fn impossible_settings_are_named() {
    let step = "kind = \"one-step\"\ntokens = 10\nalpha = 1.0\nallowed = 0.5\n";
    let markov = "kind = \"markov\"\ntokens = 10\n";
    let text = "kind = \"text\"\ntext = \"t\"\nunit = \"word\"\n";
    for (text, key, part) in [
        ("kind = \"two-step\"".to_owned(), "kind", "\"markov\" or \"text\""),
        (step.replace("10", "1"), "tokens", "expected 2 to 1000000, found 1"),
        (step.replace("0.5", "0.0"), "allowed", "above 0 and at most 1, found 0"),
        (step.replace("0.5", "nan"), "allowed", "found NaN"),
        (step.replace("1.0", "-1.0"), "alpha", "above 0, found -1"),
        (format!("{step}evidence = 1.0"), "evidence", "between 0 and 1"),
        (format!("{step}draws = 0"), "draws", "found 0"),
        (format!("{markov}states = 1"), "states", "expected 2 to 1000"),
        (format!("{markov}end = 0.0"), "end", "between 0 and 1"),
        (format!("{markov}states = 1000\nlongest = 1000"), "states", "reduce one of them"),
        (text.to_owned(), "pattern", "`pattern = \"REGULAR EXPRESSION\"` or `words"),
        (format!("{text}pattern = \"a\"\nwords = \"w\""), "words", "remove one of them"),
        (format!("{text}pattern = \"a\"\nsmoothing = 0.0"), "smoothing", "above 0"),
    ] {
        let (found, message) = refused(problem(&text));
        assert!(found == key && message.contains(part), "{text}: {found}: {message}");
    }
    for (text, key) in [
        ("kind = \"geometric\"\nmax_accepts = 1", "max_accepts"),
        ("kind = \"geometric\"\nmax_rejects = 0", "max_rejects"),
        ("kind = \"awrs-smc\"\nparticles = 0", "particles"),
        ("kind = \"twisted-smc\"\ness = 1.5", "ess"),
    ] {
        assert_eq!(refused(estimator(text)).0, key, "{text}");
    }
    let strings = problem(markov).expect("a problem");
    let (key, message) = refused(estimator("kind = \"two-loop\"").expect("an estimator").admit(&strings));
    assert!(key == "kind" && message.contains("use \"awrs-smc\""), "{message}");
    let token = problem(step).expect("a problem");
    assert_eq!(refused(estimator("kind = \"target\"").expect("an estimator").admit(&token)).0, "kind");
}

#[test]
fn a_law_of_a_file_is_checked() {
    let law = "kind = \"csv\"\ndata = \"law.csv\"\nprobability = \"p\"\nallowed = \"ok\"";
    let read = |content: &str, test: fn(Result<remeasure_sampling::Problem, remeasure_core::Invalid>)| {
        with_files(&[("law.csv", content.as_bytes())], |_| test(problem(law)));
    };
    read("p,ok\n0.5,1\n0.3,0\n0.2,1\n", |found| {
        let found = found.expect("a problem");
        assert!(
            found.inputs()[0].holds.contains("3 tokens, 2 allowed, Z = 0.700000"),
            "{:?}",
            found.inputs()
        );
    });
    read("p,ok\n0.5,1\n0.3,0\n", |found| {
        let (key, message) = refused(found);
        assert!(
            key == "probability" && message.contains("the 2 probabilities sum to 0.8, not to 1"),
            "{message}"
        );
    });
    read("p,ok\n1.5,1\n-0.5,0\n", |found| assert_eq!(refused(found).0, "probability"));
    read("p,ok\n0.5,1\n0.5,2\n", |found| assert_eq!(refused(found).0, "allowed"));
    read("p,ok\n0.0,1\n1.0,0\n", |found| {
        let (key, message) = refused(found);
        assert!(key == "allowed" && message.contains("Z = 0"), "{message}");
    });
}

#[test]
fn a_text_makes_a_model_and_its_constraint_is_checked() {
    let lines = b"the cat sat\n\nthe dog sat\nthe cat ran\n";
    let base = "kind = \"text\"\ntext = \"t.txt\"\nunit = \"word\"\nsmoothing = 1e-9\nlongest = 4\n";
    let files: &[(&str, &[u8])] =
        &[("t.txt", lines), ("w.txt", b"the dog sat\nthe bird sat\n"), ("x.txt", b"\xff\xfe\xfa")];
    with_files(files, |_| {
        let z = |constraint: &str| match data(&format!("{base}{constraint}")) {
            Data::Strings(strings) => strings.laws.z,
            Data::Step(_) => panic!("strings"),
        };
        // Two thirds have a cat, and sat follows it in half of these.
        assert!((z("pattern = \"the cat sat\"") - 1.0 / 3.0).abs() < 1e-6);
        assert!((z("pattern = \"the (cat|dog) .*\"") - 1.0).abs() < 1e-6);
        assert!((z("words = \"w.txt\"") - 1.0 / 3.0).abs() < 1e-6);
        // With two words kept, the others are never allowed.
        assert!(z("pattern = \"the .*\"\nvocabulary = 2") < 1e-6);
        let characters = base.replace("word", "character").replace("longest = 4", "longest = 11");
        let found = problem(&format!("{characters}pattern = 'the (cat|dog) \\w+'")).expect("a problem");
        assert!(
            found.inputs()[0].holds.starts_with("3 lines, 12 different tokens, 12 of them kept"),
            "{:?}",
            found.inputs()
        );
        for (constraint, key, part) in [
            ("pattern = \"the (cat\"", "pattern", "does not compile"),
            ("pattern = \"the (cat)) (\"", "pattern", "does not compile"),
            ("pattern = 'the\\b'", "pattern", "does not compile"),
            ("pattern = \"a bird\"", "pattern", "no string of at most 4 tokens of the text meets it (Z = 0)"),
            ("pattern = \"(the ){9}cat\"", "pattern", "Z = 0"),
            ("words = \"t2.txt\"", "words", "cannot read t2.txt"),
            ("words = \"x.txt\"", "words", "it is not UTF-8"),
        ] {
            let (found, message) = refused(problem(&format!("{base}{constraint}")));
            assert!(found == key && message.contains(part), "{constraint}: {found}: {message}");
        }
    });
}
