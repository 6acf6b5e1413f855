use std::path::{Path, PathBuf};

use galleria_manifest::{Manifest, ManifestError};
use proc_macro2::Span;

/// The manifest's file, beside `Cargo.toml`.
const FILE: &str = "galleria.toml";

/// The manifest of the crate that is being compiled; an error names every mistake in it.
pub(crate) fn load(span: Span) -> syn::Result<Manifest> {
    // Set by cargo for every compilation; whoever calls rustc by hand has to set it too.
    let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") else {
        return Err(syn::Error::new(span, "CARGO_MANIFEST_DIR is not set: build with cargo"));
    };
    let file = PathBuf::from(folder).join(FILE);
    read(&file).map_err(|message| syn::Error::new(span, message))
}

fn read(file: &Path) -> Result<Manifest, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("a plugin needs a {FILE} beside its Cargo.toml: {error}"))?;
    Manifest::from_toml(&text).map_err(|error| match error {
        ManifestError::Rules(mistakes) => {
            let lines: Vec<String> =
                mistakes.iter().map(|mistake| format!("  {mistake}")).collect();
            format!("{FILE} breaks rules:\n{}", lines.join("\n"))
        }
        error => format!("{FILE}: {error}"),
    })
}
