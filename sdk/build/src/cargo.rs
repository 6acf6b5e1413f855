use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::{BuildError, PROFILE, TARGET};

/// What the profile is made of where a workspace doesn't define it: small, and quick to
/// instantiate. The settings of the command line win, so plugins are built alike everywhere.
const SETTINGS: &[&str] = &[
    "inherits=\"release\"",
    "opt-level=3",
    "lto=\"fat\"",
    "codegen-units=1",
    "strip=\"debuginfo\"",
    "overflow-checks=false",
];

/// Variables of cargo that say where it is and how it reaches registries; all others are about the
/// crate that an outer cargo is compiling.
const KEPT: &[&str] = &[
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
];

/// Variables without a prefix that an outer cargo sets for build scripts and wrappers.
const DROPPED: &[&str] = &[
    "CLIPPY_ARGS",
    "DEBUG",
    "HOST",
    "MAKEFLAGS",
    "MFLAGS",
    "NUM_JOBS",
    "OPT_LEVEL",
    "OUT_DIR",
    "PROFILE",
    "RUSTC",
    "RUSTC_LINKER",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOC",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "TARGET",
];

/// Builds crates for [`TARGET`] and answers the component of each.
pub(crate) fn build(
    crate_dirs: &[impl AsRef<Path>],
    target_dir: Option<&Path>,
) -> Result<Vec<PathBuf>, BuildError> {
    let mut packages = Vec::new();
    for dir in crate_dirs {
        packages.push(package(dir.as_ref())?);
    }
    let root = workspace(&packages[0].manifest_path)?;
    let default = root.join("target/plugins");
    let mut command = cargo();
    command.current_dir(&root).args(["build", "--profile", PROFILE, "--target", TARGET]);
    command.arg("--target-dir").arg(target_dir.unwrap_or(&default));
    command.arg("--message-format=json-render-diagnostics");
    if root.join("Cargo.lock").is_file() {
        command.arg("--locked");
    }
    for setting in SETTINGS {
        command.arg("--config").arg(format!("profile.{PROFILE}.{setting}"));
    }
    for package in &packages {
        command.arg("--package").arg(&package.id);
    }
    let names = packages.iter().map(|package| package.id.as_str()).collect::<Vec<_>>().join(", ");
    let output =
        command.stderr(Stdio::inherit()).output().map_err(BuildError::io("cannot run cargo"))?;
    if !output.status.success() {
        return Err(BuildError::Cargo(names));
    }
    let built = String::from_utf8_lossy(&output.stdout);
    packages.iter().map(|package| component(&built, package)).collect()
}

/// A message of cargo about what it made; other messages have other reasons.
#[derive(Deserialize)]
struct Artifact {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// The component among what cargo says it made of a package.
fn component(messages: &str, package: &Package) -> Result<PathBuf, BuildError> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .filter(|made| made.reason == "compiler-artifact")
        .filter(|made| made.manifest_path == package.manifest_path)
        .flat_map(|made| made.filenames)
        .find(|file| file.extension() == Some(OsStr::new("wasm")))
        .ok_or_else(|| BuildError::NoComponent(package.id.clone()))
}

/// A package as cargo names it.
struct Package {
    id: String,
    manifest_path: PathBuf,
}

/// Asks cargo itself, because a folder's name says nothing about the package in it.
fn package(dir: &Path) -> Result<Package, BuildError> {
    let manifest = dir.join("Cargo.toml");
    let manifest_path = manifest
        .canonicalize()
        .map_err(BuildError::io(format!("cannot find {}", manifest.display())))?;
    let id = ask(&["pkgid", "--manifest-path"], &manifest_path)?;
    Ok(Package { id, manifest_path })
}

fn workspace(manifest_path: &Path) -> Result<PathBuf, BuildError> {
    let arguments = ["locate-project", "--workspace", "--message-format=plain", "--manifest-path"];
    let root = PathBuf::from(ask(&arguments, manifest_path)?);
    Ok(root.parent().unwrap_or(&root).to_owned())
}

fn ask(arguments: &[&str], manifest_path: &Path) -> Result<String, BuildError> {
    let mut command = cargo();
    command.args(arguments).arg(manifest_path).stderr(Stdio::inherit());
    if let Some(folder) = manifest_path.parent() {
        command.current_dir(folder);
    }
    let output = command.output().map_err(BuildError::io("cannot run cargo"))?;
    if !output.status.success() {
        return Err(BuildError::Cargo(manifest_path.display().to_string()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The cargo that runs us, or else the one on the path, in a clean environment.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    clean(&mut command);
    command
}

/// Takes away what an outer cargo has said about another crate. `RUSTUP_TOOLCHAIN` stays: inside
/// and outside are one toolchain.
pub(crate) fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_foreign) {
            command.env_remove(name);
        }
    }
    command
}

fn is_foreign(name: &str) -> bool {
    DROPPED.contains(&name)
        || name == "CARGO"
        || (name.starts_with("CARGO_") && !KEPT.iter().any(|kept| name.starts_with(kept)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_outer_cargo_says_about_its_crate_stays_outside() {
        for name in ["CARGO_ENCODED_RUSTFLAGS", "CARGO_MANIFEST_DIR", "CARGO", "RUSTFLAGS", "RUSTC"]
        {
            assert!(is_foreign(name), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_NET_OFFLINE", "RUSTUP_TOOLCHAIN", "PATH", "HOME"] {
            assert!(!is_foreign(name), "{name}");
        }
    }

    #[test]
    fn a_crate_that_makes_no_component_is_named() {
        let package = Package { id: "plain".into(), manifest_path: "/plain/Cargo.toml".into() };
        let made = r#"{"reason":"compiler-artifact","manifest_path":"/plain/Cargo.toml","filenames":["/x/libplain.rlib"]}"#;
        let error = component(made, &package).unwrap_err();
        assert!(error.to_string().starts_with("plain makes no component"), "{error}");
    }
}
