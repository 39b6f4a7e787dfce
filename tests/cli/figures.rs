//! Figures that cannot be drawn as asked are refused before anything runs.

use crate::program::{SMALL, folder_with, remeasure};

#[test]
fn a_key_that_a_figure_would_pass_over_is_named_with_its_place() {
    let of_the_box = "metric = \"support_f1\"\nx = \"n\"";
    for (key, message) in [
        ("band = \"se\"", "only a line figure takes `band`"),
        ("x_scale = \"log\"", "only a line figure, a heat map and a scatter plot take `x_scale`"),
        ("curves = [\"limit\"]", "only a line figure and a heat map take `curves`"),
    ] {
        let config = SMALL.replace(of_the_box, &format!("{of_the_box}\n{key}"));
        let line = config.lines().position(|l| l == key).unwrap() + 1;
        let folder = folder_with(&config);
        let run = remeasure(folder.path(), "run --config small.toml");
        assert_eq!(run.code, 2, "{key}: {}", run.stderr);
        for part in [format!("small.toml:{line}"), message.to_owned()] {
            assert!(run.stderr.contains(&part), "{part} in {}", run.stderr);
        }
        assert!(!folder.path().join("results").exists());
    }
}
