use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{BuildError, cargo};

/// The target that components are compiled for.
pub const TARGET: &str = "wasm32-wasip2";

/// Sees to it that the toolchain that is active in a folder can compile for [`TARGET`]; asks
/// rustup to add what is missing.
pub fn ensure_target(folder: &Path) -> Result<(), BuildError> {
    Tools::of_environment().ensure_target(folder)
}

/// The programs of Rust that are in use.
struct Tools {
    rustc: OsString,
    rustup: OsString,
    /// The toolchain, where rustup has chosen it already.
    toolchain: Option<String>,
}

impl Tools {
    fn of_environment() -> Self {
        Self {
            // A build script is told which compiler it runs under; elsewhere it is the one on the
            // path.
            rustc: std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()),
            rustup: "rustup".into(),
            toolchain: std::env::var("RUSTUP_TOOLCHAIN").ok(),
        }
    }

    fn ensure_target(&self, folder: &Path) -> Result<(), BuildError> {
        if self.has_target(folder)? {
            return Ok(());
        }
        let toolchain = self.active_toolchain(folder)?;
        let failed = |why: String| BuildError::Target { toolchain: toolchain.clone(), why };
        let arguments = ["target", "add", TARGET, "--toolchain", &toolchain];
        let output = self.rustup(folder, &arguments)?;
        if !output.status.success() {
            return Err(failed(reason(&String::from_utf8_lossy(&output.stderr))));
        }
        if self.has_target(folder)? {
            Ok(())
        } else {
            Err(failed("it was added to that toolchain, but another one compiles".to_owned()))
        }
    }

    fn has_target(&self, folder: &Path) -> Result<bool, BuildError> {
        let mut command = Command::new(&self.rustc);
        cargo::clean(&mut command).current_dir(folder).args(["--print", "sysroot"]);
        let output = command.output().map_err(BuildError::io("cannot run rustc"))?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        Ok(sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir())
    }

    fn active_toolchain(&self, folder: &Path) -> Result<String, BuildError> {
        if let Some(toolchain) = &self.toolchain {
            return Ok(toolchain.clone());
        }
        let output = self.rustup(folder, &["show", "active-toolchain"])?;
        let text = String::from_utf8_lossy(&output.stdout);
        match text.split_whitespace().next() {
            Some(toolchain) if output.status.success() => Ok(toolchain.to_owned()),
            // Rust doesn't come from this rustup, which is no help then.
            _ => Err(BuildError::NoRustup),
        }
    }

    fn rustup(&self, folder: &Path, arguments: &[&str]) -> Result<Output, BuildError> {
        let mut command = Command::new(&self.rustup);
        command.current_dir(folder).args(arguments).env("RUST_BACKTRACE", "0");
        command.output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => BuildError::NoRustup,
            _ => BuildError::io("cannot run rustup")(error),
        })
    }
}

/// Why rustup failed, on one line: its error and what is behind it, without its progress.
fn reason(stderr: &str) -> String {
    let lines = stderr.lines().map(str::trim).filter(|line| {
        !line.is_empty() && !line.starts_with("info:") && !line.starts_with("Caused by")
    });
    let lines: Vec<_> = lines.map(|line| line.strip_prefix("error: ").unwrap_or(line)).collect();
    if lines.is_empty() { "it doesn't say why".to_owned() } else { lines.join("; ") }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A Rust without the target, and a rustup that does as this script says.
    struct Machine {
        folder: tempfile::TempDir,
        tools: Tools,
    }

    impl Machine {
        fn new(rustup: Option<&str>) -> Self {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let place = |name: &str| folder.path().join(name).into_os_string();
            let tools = Tools { rustc: place("rustc"), rustup: place("rustup"), toolchain: None };
            let sysroot = folder.path().display().to_string();
            script(&tools.rustc, &format!("echo '{sysroot}'"));
            if let Some(text) = rustup {
                let text = text.replace("SYSROOT", &sysroot);
                let show = "[ \"$1\" = show ] && echo '9.9-here (default)' && exit";
                script(&tools.rustup, &format!("{show}\n{text}"));
            }
            Self { folder, tools }
        }

        fn ensure_target(&self) -> Result<(), String> {
            let ensured = self.tools.ensure_target(self.folder.path());
            ensured.map_err(|error| error.to_string())
        }
    }

    fn script(place: &OsString, text: &str) {
        fs::write(place, format!("#!/bin/sh\n{text}\n")).expect("a script can be written");
        fs::set_permissions(place, Permissions::from_mode(0o755)).expect("it can be made to run");
    }

    // One test: while another one starts a program, a script just written can't be run.
    #[test]
    fn a_missing_target_is_added_or_it_is_said_what_to_do() {
        let adds = "[ \"$*\" = 'target add wasm32-wasip2 --toolchain 9.9-here' ] \
                    && mkdir -p SYSROOT/lib/rustlib/wasm32-wasip2/lib";
        let machine = Machine::new(Some(adds));
        assert_eq!(machine.ensure_target(), Ok(()));
        script(&machine.tools.rustup, "exit 1");
        assert_eq!(machine.ensure_target(), Ok(()), "rustup isn't asked for what is there");

        let without = Machine::new(None).ensure_target().unwrap_err();
        assert!(without.contains("there is no rustup"), "{without}");
        assert!(without.contains("https://rustup.rs"), "{without}");

        let unreachable = "echo 'info: downloading component rust-std' >&2
            echo 'error: component download failed' >&2
            echo >&2; echo 'Caused by:' >&2; echo '    0: connection refused' >&2; exit 1";
        let offline = Machine::new(Some(unreachable)).ensure_target().unwrap_err();
        assert!(
            offline.contains("(component download failed; 0: connection refused)"),
            "{offline}"
        );
        let command = "`rustup target add wasm32-wasip2 --toolchain 9.9-here`";
        assert!(offline.contains(command), "{offline}");
        assert!(!offline.contains('\n'), "{offline}");

        let elsewhere = Machine::new(Some("exit 0")).ensure_target().unwrap_err();
        assert!(elsewhere.contains("another one compiles"), "{elsewhere}");
    }
}
