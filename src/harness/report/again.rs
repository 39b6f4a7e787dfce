//! The command that reproduces a report: the same for every run of the same config.

use crate::config::{Document, Overrides, Resolved};
use crate::registry::{Host, Paper};

/// A word, quoted for a shell if needed.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-=,/".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// The seed and replicates that turn the shipped config into this one; `None` if more was changed.
fn as_shipped(resolved: &Resolved, shipped: &str) -> Option<Overrides> {
    let document = Document::parse("", shipped).ok()?;
    let shipped = document.resolve(&resolved.profile, &Overrides::default()).ok()?;
    let other = Overrides {
        // A run with looks ends with the same number of replicates again.
        replicates: (shipped.looks.is_none() && shipped.replicates != resolved.replicates)
            .then_some(resolved.replicates),
        seed: (shipped.seed != resolved.seed).then_some(resolved.seed),
        ..Overrides::default()
    };
    let look = shipped.looks.map(|_| resolved.look());
    let same = document.resolve(&resolved.profile, &Overrides { look, ..other.clone() }).ok()?.hash();
    let same = same == resolved.hash();
    same.then_some(other)
}

/// The command in backquotes, without options that do not affect the numbers; if its config is not the
/// `shipped` one, followed by where to find it.
pub(super) fn command(resolved: &Resolved, host: Host<'_>, only: &[String]) -> String {
    let call = |paper: &Paper| paper.call(&resolved.experiment);
    let name = host.paper.map_or_else(|| resolved.experiment.clone(), call);
    words(resolved, host.config, &name, only)
}

fn words(resolved: &Resolved, shipped: &str, name: &str, only: &[String]) -> String {
    let shipped = as_shipped(resolved, shipped);
    let mut words = match &shipped {
        Some(_) => vec![name.to_owned()],
        None => vec!["--config".to_owned(), "FILE".to_owned()],
    };
    words.extend(["--profile".to_owned(), resolved.profile.clone()]);
    if let Some(Overrides { replicates, seed, .. }) = shipped.as_ref() {
        words.extend(replicates.iter().flat_map(|n| ["--replicates".to_owned(), n.to_string()]));
        words.extend(seed.iter().flat_map(|s| ["--seed".to_owned(), s.to_string()]));
    }
    words.extend(only.iter().flat_map(|p| ["--only".to_owned(), quoted(p)]));
    let command = format!("`remeasure run {}`", words.join(" "));
    match shipped {
        Some(_) => command,
        None => format!("{command}, where FILE holds the table `config` of `manifest.toml`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = "experiment = \"e\"\ntitle = \"E\"\nfamily = \"f\"\nseed = 1\n[problem]\nk = 3\n\
        [[estimator]]\nkind = \"a\"\n[profile.quick]\nreplicates = 2\n";

    #[test]
    fn only_what_moves_a_number_is_in_the_command() {
        let again = |overrides: Overrides, only: &[&str]| {
            let only: Vec<String> = only.iter().map(|o| (*o).to_owned()).collect();
            let document = Document::parse("elsewhere.toml", SHIPPED).unwrap();
            words(&document.resolve("quick", &overrides).unwrap(), SHIPPED, "e", &only)
        };
        assert_eq!(again(Overrides::default(), &[]), "`remeasure run e --profile quick`");
        let other = Overrides { seed: Some(77), replicates: Some(3), ..Overrides::default() };
        assert_eq!(
            again(other, &["n=5", "lasso*"]),
            "`remeasure run e --profile quick --replicates 3 --seed 77 --only n=5 --only 'lasso*'`"
        );
        let set = Overrides { set: vec!["problem.k=4".to_owned()], ..Overrides::default() };
        assert!(again(set, &[]).starts_with("`remeasure run --config FILE --profile quick`, where"));
    }
}
