//! Running one trial again.

use std::path::Path;

use crate::program::{SMALL, folder_with, remeasure};

/// The ids in the last column of a run's outcomes, with the estimators.
fn trials(folder: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder.join("outcomes.csv")).unwrap();
    let of = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[fields.len() - 1].to_owned(), fields[2].to_owned())
    };
    text.lines().skip(1).map(of).collect()
}

#[test]
fn a_replayed_trial_is_identical() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml").code, 0);
    let run = folder.path().join("results/small/quick");
    let before = std::fs::read_dir(&run).unwrap().count();
    let all = trials(&run);
    assert_eq!(all.len(), 90);
    for (id, _) in [&all[0], &all[47], &all[89]] {
        let run = remeasure(folder.path(), &format!("replay {id}"));
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(run.stdout.matches("  identical to what is stored\n").count(), 5, "{}", run.stdout);
        for part in [
            "Folder: results/small/quick\n",
            &format!("Trial {id}: n="),
            "seed 5\n",
            ", the same program\n",
            "\nfista\n  outcome: ok\n  fit seconds: ",
            "  nmse = ",
            " numbers along the path\n",
        ] {
            assert!(run.stdout.contains(part), "`{part}` is not in:\n{}", run.stdout);
        }
    }
    let one = remeasure(folder.path(), &format!("replay {} --estimator omp", all[0].0));
    assert_eq!((one.code, one.stdout.matches("outcome: ").count()), (0, 1), "{}", one.stdout);
    assert_eq!(std::fs::read_dir(&run).unwrap().count(), before, "replay leaves no file");
    // The numbers shown are those of the records.
    let records = std::fs::read_to_string(run.join("records.csv")).unwrap();
    let line = records.lines().find(|l| l.ends_with(&all[0].0) && l.contains(",omp,,nmse,")).unwrap();
    let value = line.split(',').nth(5).unwrap();
    assert!(one.stdout.contains(&format!("  nmse = {value}\n")), "{value}: {}", one.stdout);
}

#[test]
fn the_run_that_has_the_trial_stored_is_found() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --only omp --replicates 2").code, 0);
    let (id, _) = trials(&folder.path().join("results/small/quick-only-omp")).remove(0);
    let run = remeasure(folder.path(), "run --config small.toml --shard 2/2");
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Trial 0 belongs to the first shard, which did not run here.
    let run = remeasure(folder.path(), &format!("replay {id} --profile quick"));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("Folder: results/small/quick/shards/2-of-2\n"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("  not stored\n").count(), 5, "{}", run.stdout);
    let run = remeasure(folder.path(), &format!("replay {id}"));
    assert!(run.stdout.contains("Folder: results/small/quick-only-omp\n"), "{}", run.stdout);
    assert_eq!(run.stdout.matches("  identical to what is stored\n").count(), 1, "{}", run.stdout);
    // Now both shards have it.
    assert_eq!(remeasure(folder.path(), "run --config small.toml --shard 1/2").code, 0);
    let run = remeasure(folder.path(), &format!("replay {id}"));
    assert!(run.stderr.contains("choose one with --profile"), "{}", run.stderr);
    let run = remeasure(folder.path(), &format!("replay {id} --profile quick"));
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    assert_eq!(run.stdout.matches("  identical to what is stored\n").count(), 5, "{}", run.stdout);
}

#[test]
fn an_unknown_trial_says_what_a_trial_is_called() {
    let folder = folder_with(SMALL);
    assert_eq!(remeasure(folder.path(), "run --config small.toml --replicates 2").code, 0);
    let (id, _) = trials(&folder.path().join("results/small/quick")).remove(0);
    let cell = id.split('-').next().unwrap();
    let refusals = [
        ("00000000-1".to_owned(), "no run in results has the trial 00000000-1"),
        (format!("{cell}-2"), "no run in results has"),
        (format!("{id} --profile large"), "no run called large in results has"),
        ("17".to_owned(), "`17` is not the id of a trial"),
        (format!("{cell}-x"), "is not the id of a trial"),
    ];
    for (arguments, expected) in refusals {
        let run = remeasure(folder.path(), &format!("replay {arguments}"));
        assert_eq!(run.code, 2, "{arguments}");
        assert!(
            run.stderr.contains(expected) && run.stderr.contains("such as 1f3a9c02-17"),
            "{}",
            run.stderr
        );
    }
    let run = remeasure(folder.path(), &format!("replay {id} --estimator opm"));
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("omp"), "{}", run.stderr);
}

#[test]
fn a_run_names_the_trial_to_look_at() {
    let folder = folder_with(&SMALL.replace("trace_every = 5", "max_iterations = 1"));
    let run = remeasure(folder.path(), "run --config small.toml --replicates 2");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let id = run.stderr.split("`remeasure replay ").nth(1).unwrap().split('`').next().unwrap();
    let replay = remeasure(folder.path(), &format!("replay {id} --estimator fista"));
    assert_eq!(replay.code, 0, "{}", replay.stderr);
    assert!(replay.stdout.contains("\n  outcome: not converged: "), "{}", replay.stdout);
    assert!(replay.stdout.contains("identical to what is stored"), "{}", replay.stdout);
}
