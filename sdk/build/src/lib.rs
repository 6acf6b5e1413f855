//! Builds plugin crates into their component files, with cargo and nothing else.
//!
//! ```no_run
//! let hello = galleria_build::build("examples/hello".as_ref())?;
//! let component = std::fs::read(&hello.path);
//! # Ok::<_, galleria_build::BuildError>(())
//! ```
//!
//! It may run inside a build script: what the outer cargo has put into the environment stays
//! outside, and the target folder is one of its own (`<workspace>/target/plugins`), because the
//! outer cargo holds the lock of the other.

mod cargo;
mod target;

use std::io;
use std::path::{Path, PathBuf};

use galleria_manifest::{Manifest, ManifestError};

pub use target::{TARGET, ensure_target};

/// The profile of cargo that plugins are built with; [`build`] defines it where a workspace
/// doesn't.
pub const PROFILE: &str = "plugin";

/// A plugin that was built.
#[derive(Clone, Debug)]
pub struct Component {
    /// The id in its manifest.
    pub id: String,
    /// The component's file.
    pub path: PathBuf,
}

/// Why a plugin could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A file could not be read, or a program not be started.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// Its manifest breaks rules.
    #[error("{file}: the manifest is wrong", file = file.display())]
    Manifest {
        /// The manifest's file.
        file: PathBuf,
        /// What is wrong.
        #[source]
        source: ManifestError,
    },
    /// The target that components are compiled for is missing, and rustup could not add it.
    #[error(
        "plugins are compiled for {TARGET}, which the toolchain {toolchain} lacks, and rustup could \
         not add it ({why}); once it can (it needs its server), run \
         `rustup target add {TARGET} --toolchain {toolchain}`"
    )]
    Target {
        /// The toolchain that is in use.
        toolchain: String,
        /// What rustup says, on one line.
        why: String,
    },
    /// The target that components are compiled for is missing, and nothing can add it.
    #[error(
        "plugins are compiled for {TARGET}, which this Rust lacks, and there is no rustup that could \
         add it; install Rust with https://rustup.rs, or the rust-std of {TARGET} from where your \
         Rust came from"
    )]
    NoRustup,
    /// Cargo failed; it has said why on the error output.
    #[error("cargo could not build {0}")]
    Cargo(String),
    /// Cargo built no component; the crate's `[lib]` needs `crate-type = ["cdylib", "rlib"]`.
    #[error("{0} makes no component: its [lib] needs crate-type = [\"cdylib\", \"rlib\"]")]
    NoComponent(String),
}

impl BuildError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what: what.into(), source }
    }
}

/// Builds the plugin in one folder; see [`build_all`].
pub fn build(crate_dir: &Path) -> Result<Component, BuildError> {
    let mut built = build_all(&[crate_dir], None)?;
    built.pop().ok_or_else(|| BuildError::NoComponent(crate_dir.display().to_string()))
}

/// Builds the plugins in some folders of one workspace with one run of cargo, and answers their
/// components in the same order. Without a target folder they go to `<workspace>/target/plugins`.
pub fn build_all(
    crate_dirs: &[impl AsRef<Path>],
    target_dir: Option<&Path>,
) -> Result<Vec<Component>, BuildError> {
    let Some(first) = crate_dirs.first() else { return Ok(Vec::new()) };
    ensure_target(first.as_ref())?;
    let mut ids = Vec::new();
    for crate_dir in crate_dirs {
        ids.push(plugin_id(crate_dir.as_ref())?);
    }
    let files = cargo::build(crate_dirs, target_dir)?;
    Ok(ids.into_iter().zip(files).map(|(id, path)| Component { id, path }).collect())
}

/// The folders below `plugins` that hold a crate, by name.
pub fn plugin_dirs(plugins: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let what = || BuildError::io(format!("cannot list {}", plugins.display()));
    let mut found = Vec::new();
    for entry in plugins.read_dir().map_err(what())? {
        let path = entry.map_err(what())?.path();
        if path.join("Cargo.toml").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn plugin_id(crate_dir: &Path) -> Result<String, BuildError> {
    let file = crate_dir.join("galleria.toml");
    let text = std::fs::read_to_string(&file)
        .map_err(BuildError::io(format!("cannot read {}", file.display())))?;
    match Manifest::from_toml(&text) {
        Ok(manifest) => Ok(manifest.id),
        Err(source) => Err(BuildError::Manifest { file, source }),
    }
}
