//! What is in that file?

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use galleria_runtime::COMPONENT_BYTES_MAX;

use super::describe::{Language, describe};
use super::failure::{Failure, REFUSED};

/// Says in words what a component is.
pub(super) fn run(file: &Path, language: Option<Language>) -> Result<ExitCode, Failure> {
    let component = read(file)?;
    match galleria_runtime::inspect(&component) {
        Ok(inspection) => {
            let language = language.unwrap_or_else(Language::of_environment);
            print!("{}", describe(&inspection, component.len(), language));
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            println!("{}: {error}", file.display());
            Ok(ExitCode::from(REFUSED))
        }
    }
}

/// Reads a component, and not much more than the largest there can be.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|open| open.take(COMPONENT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::new(format!("{} can't be read: {error}", file.display())))?;
    Ok(bytes)
}
