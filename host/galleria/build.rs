//! Builds the plugins that the host brings along and writes `bundled.rs`, the list of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Cargo shows this by itself, before all else that the script has said.
            println!("cargo::error={}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let plugins = root.join("plugins");
    let bundled = if plugins.is_dir() {
        for watched in ["plugins", "sdk", "wit", "Cargo.lock"] {
            println!("cargo::rerun-if-changed={}", root.join(watched).display());
        }
        bundle(&plugins, &out)?
    } else {
        // The crate stands alone, away from its repository: a host without plugins of its own.
        println!("cargo::rerun-if-changed=build.rs");
        String::new()
    };
    let text = format!(
        "/// The plugins that come with the host: their ids and components, by id.\n\
         pub static BUNDLED: &[(&str, &[u8])] = &[{bundled}];\n"
    );
    fs::write(out.join("bundled.rs"), text)?;
    Ok(())
}

/// Copies each component, so that a later build of the plugins doesn't change what this one saw.
fn bundle(plugins: &Path, out: &Path) -> Result<String, Error> {
    let folders = galleria_build::plugin_dirs(plugins)?;
    let mut bundled = String::new();
    for component in galleria_build::build_all(&folders, None)? {
        let file = out.join(format!("{}.wasm", component.id));
        fs::copy(&component.path, &file)?;
        let (id, path) = (&component.id, file.display().to_string());
        write!(bundled, "({id:?}, include_bytes!({path:?}).as_slice()), ")?;
    }
    Ok(bundled)
}

/// An error with all its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    text.replace('\n', " ")
}
