//! Finding and reading the two sides of a comparison.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use remeasure_core::format::count;
use remeasure_harness::baseline;
use remeasure_harness::baseline::{About, BASELINE, ClaimLine, Header, Snapshot, label};
use remeasure_harness::config::Resolved;
use remeasure_harness::journal::JOURNAL;
use remeasure_harness::provenance::{Code, Hardware, MANIFEST, Manifest};
use remeasure_harness::records::Store;
use remeasure_harness::registry::Registry;
use remeasure_harness::workflow::{Planned, Run, in_order, restyled, stored};
use toml::Table;

/// One side of the comparison.
pub(super) struct Side {
    pub(super) folder: PathBuf,
    pub(super) about: About,
    pub(super) resolved: Resolved,
    /// For a baseline, only final values.
    pub(super) store: Store,
    pub(super) claims: Vec<ClaimLine>,
    /// The baseline's snapshot; that of a run follows from its store.
    pub(super) kept: Option<Snapshot>,
    /// Parts of the stored config that could not be used.
    pub(super) notes: Vec<String>,
    trace: String,
    pub(super) inputs: BTreeMap<String, String>,
    pub(super) only: Vec<String>,
    code: Code,
    other_code: Vec<Code>,
    hardware: Option<Hardware>,
}

/// The file that shows what the folder holds: baseline, complete run or journal.
fn holds(folder: &Path) -> Option<&'static str> {
    [BASELINE, MANIFEST, JOURNAL].into_iter().find(|name| folder.join(name).is_file())
}

/// The runs and baselines one and two levels below a folder.
fn there(folder: &Path) -> Vec<String> {
    let folders = |of: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
        entries.map(|e| e.path()).filter(|p| p.is_dir()).collect()
    };
    let mut found: Vec<PathBuf> = Vec::new();
    for below in folders(folder) {
        found.extend(folders(&below).into_iter().filter(|p| holds(p).is_some()));
        if holds(&below).is_some() {
            found.push(below);
        }
    }
    found.sort();
    found.iter().filter_map(|p| Some(p.strip_prefix(folder).ok()?.display().to_string())).collect()
}

/// The folder that an argument names: a path, or `EXPERIMENT/NAME` below `out`.
fn find(name: &str, out: &Path) -> Result<PathBuf> {
    let places = [PathBuf::from(name), out.join(name)];
    if let Some(folder) = places.iter().find(|p| holds(p).is_some()) {
        return Ok(folder.clone());
    }
    // List the contents of the nearest existing folder.
    let near = places.iter().find(|p| p.is_dir()).cloned();
    let near = near.or_else(|| places[1].parent().filter(|p| p.is_dir()).map(Path::to_path_buf));
    let near = near.unwrap_or_else(|| out.to_path_buf());
    let names = there(&near);
    let shown = names.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 12 { format!(" and {} more", names.len() - 12) } else { String::new() };
    let there = match names.is_empty() {
        true => format!("{} has no run or baseline", near.display()),
        false => format!("{} has {shown}{more}", near.display()),
    };
    bail!(
        "`{name}` is neither a run nor a baseline: looked for {MANIFEST} or {BASELINE} in {} and {}; {there}",
        places[0].display(),
        places[1].display()
    )
}

/// The config of a stored side, with the tables, figures and claims of `displays` if they fit, else
/// with its own, else without any.
fn resolve<'a>(
    config: &Table,
    displays: Option<&Table>,
    (profile, only): (&str, &[String]),
    experiments: &'a Registry,
) -> Result<(Planned<'a>, Vec<String>)> {
    let read = |displays: &Table| Planned::stored(experiments, restyled(config, displays, profile)?, only);
    if let Some(Ok(planned)) = displays.map(read) {
        return Ok((planned, Vec::new()));
    }
    match read(config) {
        Ok(planned) => {
            let note = "its own figures and claims are used, because those of B do not fit its config";
            Ok((planned, displays.map(|_| note.to_owned()).into_iter().collect()))
        }
        Err(error) => {
            let note =
                format!("figures and claims are left out, because this version cannot read them: {error}");
            let texts = ["title", "about", "paper"];
            let bare = config.iter().filter(|(key, _)| texts.contains(&key.as_str()));
            let bare: Table = bare.map(|(key, value)| (key.clone(), value.clone())).collect();
            Ok((read(&bare)?, vec![note]))
        }
    }
}

fn size(store: &Store) -> String {
    format!(
        "{} × {}, {}",
        count(store.cells.len(), "cell"),
        store.replicates_text(),
        count(store.estimators.len(), "estimator")
    )
}

fn read_run(folder: &Path, name: &str, displays: Option<&Table>, experiments: &Registry) -> Result<Side> {
    let manifest = Manifest::read(folder)?;
    let place = || folder.join(MANIFEST).display().to_string();
    let of = (manifest.profile.as_str(), manifest.only.as_slice());
    let (planned, notes) = resolve(&manifest.config, displays, of, experiments).with_context(place)?;
    let Run { planned, manifest, store, findings, .. } = stored(planned, folder, manifest)?;
    let plan = planned.plan;
    let due = store.fits() as usize;
    if store.outcomes.len() < due {
        bail!(
            "{} is not complete: {} of {due} fits are recorded; resume it with the same `remeasure run`",
            folder.display(),
            store.outcomes.len()
        );
    }
    let claims = Snapshot::of(&Store::default(), &findings);
    let hardware = &manifest.hardware;
    Ok(Side {
        folder: folder.to_owned(),
        about: About {
            name: name.to_owned(),
            kind: "run",
            profile: manifest.profile.clone(),
            config_hash: manifest.config_hash.clone(),
            code: manifest.code.clone(),
            date: manifest.finished.clone(),
            machine: Some(format!("{}, {}", hardware.processor, hardware.system)),
            size: size(&store),
        },
        resolved: plan.resolved,
        claims: claims.claims,
        store,
        kept: None,
        notes,
        trace: manifest.trace(),
        inputs: manifest.inputs,
        only: manifest.only,
        code: manifest.code,
        other_code: manifest.other_code,
        hardware: Some(manifest.hardware),
    })
}

fn read_baseline(
    folder: &Path,
    name: &str,
    displays: Option<&Table>,
    experiments: &Registry,
) -> Result<Side> {
    let found = baseline::read(folder)?;
    let (header, mut kept) = found.with_context(|| format!("no baseline in {}", folder.display()))?;
    let place = || folder.join(BASELINE).display().to_string();
    let of = (header.profile.as_str(), [].as_slice());
    let (planned, notes) = resolve(&header.config, displays, of, experiments).with_context(place)?;
    let plan = in_order(planned, &kept.axes)?.plan;
    let store = baseline::store(&kept, &plan);
    let date = header.latest().map(|a| a.date.clone()).unwrap_or_default();
    let Header { code, inputs, profile, config_hash, .. } = header;
    Ok(Side {
        folder: folder.to_owned(),
        about: About {
            name: name.to_owned(),
            kind: "baseline",
            profile: profile.clone(),
            config_hash: config_hash.clone(),
            code: code.clone(),
            date,
            machine: None,
            size: size(&store),
        },
        resolved: plan.resolved,
        claims: std::mem::take(&mut kept.claims),
        store,
        kept: Some(kept),
        notes,
        trace: format!("{}, config {config_hash}, profile {profile}, baseline", code.short()),
        inputs,
        only: Vec::new(),
        code,
        other_code: Vec::new(),
        hardware: None,
    })
}

impl Side {
    /// Reads the side called `name`. A run is judged and drawn by the figures and claims of `displays` if
    /// they fit.
    pub(super) fn read(
        name: &str,
        out: &Path,
        displays: Option<&Table>,
        experiments: &Registry,
    ) -> Result<Self> {
        let folder = find(name, out)?;
        match holds(&folder) {
            Some(BASELINE) => read_baseline(&folder, name, displays, experiments),
            Some(MANIFEST) => read_run(&folder, name, displays, experiments),
            _ => bail!(
                "the run in {} is not complete: `remeasure status {0}` shows its progress; resume it with \
                 the same `remeasure run` or `merge`",
                folder.display()
            ),
        }
    }

    /// The side's config; reads no numbers.
    pub(super) fn displays(name: &str, out: &Path) -> Result<Table> {
        let folder = find(name, out)?;
        match holds(&folder) {
            Some(BASELINE) => Ok(Header::read(&folder)?.map(|h| h.config).unwrap_or_default()),
            _ => Ok(Manifest::read(&folder).map(|m| m.config).unwrap_or_default()),
        }
    }

    pub(super) fn source(&self, name: &'static str) -> baseline::Provenance<'_> {
        baseline::Provenance {
            name,
            resolved: Some(&self.resolved),
            inputs: &self.inputs,
            code: &self.code,
            other_code: &self.other_code,
            hardware: self.hardware.as_ref(),
            only: &self.only,
        }
    }

    /// One line that traces a figure back to this side.
    pub(super) fn trace(&self) -> String {
        let name = self.folder.file_name().map(|n| n.to_string_lossy().into_owned());
        format!("{}, {}", name.unwrap_or_default(), self.trace)
    }

    pub(super) fn code(&self) -> Code {
        self.code.clone()
    }

    /// Labels of the store's cells, in its order.
    pub(super) fn cells(&self) -> Vec<String> {
        let axes: Vec<String> = self.store.axes.iter().map(|a| a.name.clone()).collect();
        let values = |c: &remeasure_harness::records::Cell| -> Vec<String> {
            c.values.iter().map(ToString::to_string).collect()
        };
        self.store.cells.iter().map(|c| label(&axes, &values(c))).collect()
    }

    /// The store, restricted to the cells `common` and to the first `replicates`, with its axes in the order of `axes`.
    pub(super) fn common_store(&self, common: &BTreeSet<String>, replicates: u32, axes: &[String]) -> Store {
        let cells = self.cells();
        let at: Vec<usize> = (0..cells.len()).filter(|&i| common.contains(&cells[i])).collect();
        self.store.restricted(&at, replicates).with_axes_as(axes)
    }

    /// The numbers to compare: for the cells and estimators that `keep` selects and the first `replicates`.
    pub(super) fn snapshot(&self, replicates: u32, keep: &dyn Fn(&str, &str) -> bool) -> Snapshot {
        let mut snapshot = match &self.kept {
            Some(kept) => kept.clone(),
            None if replicates >= self.store.replicates => Snapshot::of(&self.store, &[]),
            None => {
                let all: Vec<usize> = (0..self.store.cells.len()).collect();
                Snapshot::of(&self.store.restricted(&all, replicates), &[])
            }
        };
        snapshot.claims.clone_from(&self.claims);
        let axes = snapshot.axes.clone();
        snapshot.fits.retain(|f| keep(&f.label(&axes), &f.estimator));
        snapshot
    }
}
