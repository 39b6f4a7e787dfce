//! How a check is printed.

use crate::program::{SMALL, accepted, has, remeasure, write};

#[test]
fn every_format_tells_what_moved() {
    let folder = accepted(SMALL);
    let lasso = "kind = \"lasso\"\nlambda = { fraction = 0.1 }";
    write(folder.path(), &SMALL.replace(lasso, &lasso.replace("0.1", "0.2")));
    let check = |format: &str| {
        let run = remeasure(folder.path(), &format!("check --config small.toml --format {format}"));
        assert_eq!(run.code, 1, "{}", run.stderr);
        run.stdout
    };
    let github = check("github");
    assert!(
        github.lines().all(|l| l.starts_with("::error title=small%3A moved::")
            || l.starts_with("::error title=small%3A more::")
            || l.starts_with("::warning title=small%3A verdict::")
            || l.starts_with("::notice title=small%3A moved::profile quick: 4 identical, 2 moved")),
        "{github}"
    );
    has(&github, &["%25", "n=40, lasso, nmse: "]);
    let markdown = check("markdown");
    has(
        &markdown,
        &["## small, profile quick: moved\n", "| moved | n=20 | lasso | nmse | ", "paired t, p < 0.001"],
    );
    let json: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    let check = &json["checks"][0];
    assert_eq!((check["state"].as_str(), check["counts"]["identical"].as_u64()), (Some("moved"), Some(4)));
    assert_eq!(check["places"].as_array().unwrap().len(), 6);
    let moved = check["comparisons"].as_array().unwrap().iter();
    let mut moved = moved.filter(|c| c["metric"] == "nmse" && c["state"] == "moved");
    let one = moved.next().unwrap();
    assert!(one["now"].as_f64().unwrap() > one["before"].as_f64().unwrap());
    assert!(one["p_adjusted"].as_f64().unwrap() <= 0.05 && one["smallest_caught"].as_f64().unwrap() > 0.0);
}
