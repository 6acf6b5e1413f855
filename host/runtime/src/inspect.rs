//! What a component file is, read from the file itself, before anything of it runs.

use galleria_manifest::{Manifest, SECTION};
use wasmparser::{Encoding, Parser, Payload};

/// The largest component file.
pub const COMPONENT_BYTES_MAX: usize = 16 << 20;
/// The largest manifest, as it stands in the file.
const MANIFEST_BYTES_MAX: usize = 256 << 10;

/// Why a file can't be installed, in one sentence.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidComponent {
    /// Not WebAssembly at all.
    #[error("this is not a WebAssembly component")]
    NotAComponent,
    /// A core module.
    #[error(
        "this is a core WebAssembly module, not a component; build it for the target wasm32-wasip2"
    )]
    CoreModule,
    /// Ends too early or is garbled.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// More bytes than are allowed.
    #[error("the file is {0} bytes long; at most {COMPONENT_BYTES_MAX} are allowed")]
    TooLarge(usize),
    /// No manifest.
    #[error("the component has no manifest (custom section `{SECTION}`)")]
    NoManifest,
    /// More than one manifest.
    #[error("the component has more than one manifest")]
    SeveralManifests,
    /// A manifest that breaks the rules.
    #[error("the manifest is wrong: {0}")]
    Manifest(String),
    /// An import that the host doesn't offer or the manifest doesn't declare.
    #[error("{0}")]
    Import(String),
    /// An export that the manifest needs and the component doesn't have, or the other way round.
    #[error("{0}")]
    Export(String),
    /// It was made for another version of the host.
    #[error("it needs a host {wanted}, and this is {here}")]
    Host {
        /// The versions it is made for.
        wanted: String,
        /// The version of this host.
        here: String,
    },
    /// It doesn't validate or compile.
    #[error("the component can't be compiled: {0}")]
    Compile(String),
    /// It doesn't start, or says of itself that it is not fit to serve.
    #[error("the plugin doesn't start: {0}")]
    Start(String),
}

/// What a file says about itself.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Its manifest, checked.
    pub manifest: Manifest,
    /// The names of what it imports, with versions.
    pub imports: Vec<String>,
    /// The names of what it exports, with versions.
    pub exports: Vec<String>,
}

/// Reads what a component imports, exports and says about itself, without running any of it.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, InvalidComponent> {
    if bytes.len() > COMPONENT_BYTES_MAX {
        return Err(InvalidComponent::TooLarge(bytes.len()));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(InvalidComponent::NotAComponent);
    }
    let mut outline = Outline::default();
    outline.read(bytes)?;
    let manifest = match outline.manifests.as_slice() {
        [] => return Err(InvalidComponent::NoManifest),
        [manifest] => read_manifest(manifest)?,
        _ => return Err(InvalidComponent::SeveralManifests),
    };
    Ok(Inspection { manifest, imports: outline.imports, exports: outline.exports })
}

fn read_manifest(bytes: &[u8]) -> Result<Manifest, InvalidComponent> {
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(InvalidComponent::Manifest(format!(
            "it is longer than {MANIFEST_BYTES_MAX} bytes"
        )));
    }
    Manifest::from_json(bytes).map_err(|error| InvalidComponent::Manifest(error.to_string()))
}

#[derive(Default)]
struct Outline<'a> {
    imports: Vec<String>,
    exports: Vec<String>,
    manifests: Vec<&'a [u8]>,
}

impl<'a> Outline<'a> {
    fn read(&mut self, bytes: &'a [u8]) -> Result<(), InvalidComponent> {
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(damaged)? {
                Payload::Version { encoding, .. } if depth == 0 && encoding == Encoding::Module => {
                    return Err(InvalidComponent::CoreModule);
                }
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        self.imports.push(import.map_err(damaged)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        self.exports.push(export.map_err(damaged)?.name.name.to_owned());
                    }
                }
                // A toolchain may leave it in the core module or put it around everything.
                Payload::CustomSection(section) if section.name() == SECTION => {
                    self.manifests.push(section.data());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn damaged(error: wasmparser::BinaryReaderError) -> InvalidComponent {
    InvalidComponent::Damaged(error.message().to_owned())
}
