//! Embeds the papers in `configs/`, and the identity of the code: commit, dirty flag, compiler and target.

use std::path::Path;
use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Writes the table of the files in `configs/`; `None` after an error, which fails the build.
fn embed() -> Option<()> {
    let written = remeasure_papers::read(Path::new("configs")).and_then(|files| {
        let table = remeasure_papers::table(&files, "configs");
        let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
        std::fs::write(Path::new(&out).join("configs.rs"), table).map_err(|e| format!("configs.rs: {e}"))
    });
    written.map_err(|message| println!("cargo::error={message}")).ok()
}

fn main() {
    // Ignore a repository into which this code was only unpacked: its commit does not identify the code.
    let own = git(&["ls-files", "--error-unmatch", "build.rs"]).is_some();
    let commit = if own { git(&["rev-parse", "HEAD"]) } else { None };
    let code = ["src", "experiments", "configs", "build.rs", "Cargo.toml", "Cargo.lock"];
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(code);
    let dirty = commit.is_some() && git(&status).is_none_or(|changes| !changes.is_empty());
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).unwrap_or_default();
    println!("cargo::rustc-env=REMEASURE_COMMIT={}", commit.as_deref().unwrap_or("unknown"));
    println!("cargo::rustc-env=REMEASURE_DIRTY={dirty}");
    println!("cargo::rustc-env=REMEASURE_RUSTC={version}");
    println!("cargo::rustc-env=REMEASURE_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    for path in code {
        println!("cargo::rerun-if-changed={path}");
    }
    if embed().is_none() {
        return;
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|p| own && Path::new(p).exists())
    {
        println!("cargo::rerun-if-changed={log}");
    }
}
