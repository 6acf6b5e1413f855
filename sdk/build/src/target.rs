use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{BuildError, cargo};

/// The target that components are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// Sees to it that the toolchain that is active in a folder can compile for [`TARGET`]; asks
/// rustup to add what is missing.
pub fn ensure_target(folder: &Path) -> Result<(), BuildError> {
    if has_target(folder)? {
        return Ok(());
    }
    let toolchain = active_toolchain(folder)?;
    let mut rustup = Command::new("rustup");
    rustup.current_dir(folder).args(["target", "add", TARGET, "--toolchain", &toolchain]);
    let output =
        rustup.output().map_err(|error| BuildError::Target(format!("no rustup: {error}")))?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(BuildError::Target(message));
    }
    if has_target(folder)? {
        Ok(())
    } else {
        Err(BuildError::Target(format!("rustup added it to {toolchain}, which is not in use")))
    }
}

fn has_target(folder: &Path) -> Result<bool, BuildError> {
    // A build script is told which compiler it runs under; elsewhere it is the one on the path.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    cargo::clean(&mut command).current_dir(folder).args(["--print", "sysroot"]);
    let output = command.output().map_err(BuildError::io("cannot run rustc"))?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Ok(sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

fn active_toolchain(folder: &Path) -> Result<String, BuildError> {
    if let Ok(toolchain) = std::env::var("RUSTUP_TOOLCHAIN") {
        return Ok(toolchain);
    }
    let output = Command::new("rustup")
        .current_dir(folder)
        .args(["show", "active-toolchain"])
        .output()
        .map_err(|error| BuildError::Target(format!("no rustup: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.split_whitespace().next() {
        Some(toolchain) if output.status.success() => Ok(toolchain.to_owned()),
        _ => Err(BuildError::Target("rustup has no active toolchain".to_owned())),
    }
}
