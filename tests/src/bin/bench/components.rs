//! The plugins that are measured, as component files.

use std::path::{Path, PathBuf};

use galleria_manifest::Instances;
use galleria_tests::component;

use crate::Result;

/// The component files, in a folder of the bench's own.
#[derive(Clone, Debug)]
pub(crate) struct Components {
    /// The smallest plugin: answers without asking the host.
    pub(crate) hello: PathBuf,
    /// The same with warm instances, as `hello-warm`.
    pub(crate) hello_warm: PathBuf,
    /// Reads a customer, writes an entity.
    pub(crate) bench: PathBuf,
    /// The same with warm instances, as `bench-warm`.
    pub(crate) bench_warm: PathBuf,
}

impl Components {
    /// Builds them with cargo, as an author would.
    pub(crate) fn build(data_dir: &Path) -> Result<Self> {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let crates = [tests.join("../examples/hello"), tests.join("bench-plugin")];
        let built = galleria_build::build_all(&crates, None).map_err(|error| chain(&error))?;
        let folder = data_dir.join("components");
        std::fs::create_dir_all(&folder)?;
        let read = |at: usize| {
            let component = built.get(at).ok_or("a plugin was not built")?;
            Ok::<_, crate::Error>(std::fs::read(&component.path)?)
        };
        let (hello, bench) = (read(0)?, read(1)?);
        Ok(Self {
            hello: keep(&folder, "hello", &hello)?,
            hello_warm: keep(&folder, "hello-warm", &warm(&hello, "hello-warm"))?,
            bench: keep(&folder, "bench", &bench)?,
            bench_warm: keep(&folder, "bench-warm", &warm(&bench, "bench-warm"))?,
        })
    }
}

fn keep(folder: &Path, id: &str, file: &[u8]) -> Result<PathBuf> {
    let path = folder.join(format!("{id}.wasm"));
    std::fs::write(&path, file)?;
    Ok(path)
}

/// The same code under another id, with instances that are used again.
fn warm(file: &[u8], id: &str) -> Vec<u8> {
    let mut manifest = component::manifest(file);
    id.clone_into(&mut manifest.id);
    manifest.instances = Instances::Warm;
    component::with_manifest(file, &manifest)
}

/// The causes belong to the sentence: nobody else prints them.
fn chain(error: &galleria_build::BuildError) -> crate::Error {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.into()
}
