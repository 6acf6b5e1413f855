//! Compiled components, kept between starts.
//!
//! Loading compiled code is running native code, so that nothing is loaded that this host did not
//! write: the folder is private, every file carries a MAC under the folder's own key, and is named
//! by the digest of the component, the engine and its configuration.

use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::engine::CONFIGURATION;

const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;

/// The folder of compiled components.
#[derive(Debug)]
pub(crate) struct ArtifactCache {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
}

impl ArtifactCache {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let key = read_or_make_key(&folder.join("key"))?;
        Ok(Self { folder: folder.to_owned(), key })
    }

    /// The compiled component with this digest, if it is there, whole, ours, and fit for `engine`.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let bytes = fs::read(self.path(engine, digest)).ok()?;
        let (mac, compiled) = bytes.split_at_checked(MAC_BYTES)?;
        self.mac(digest, compiled).verify_slice(mac).ok()?;
        deserialize(engine, compiled)
            .inspect_err(
                |error| tracing::warn!(digest, %error, "a compiled component doesn't load"),
            )
            .ok()
    }

    /// Keeps a component that the compiling child just made, and loads it.
    pub(crate) fn store(
        &self,
        engine: &Engine,
        digest: &str,
        compiled: &[u8],
    ) -> Result<Component, String> {
        let component = deserialize(engine, compiled).map_err(|error| format!("{error:#}"))?;
        if let Err(error) = self.write(engine, digest, compiled) {
            // Serving goes on without; the next start compiles again.
            tracing::warn!(digest, %error, "a compiled component could not be kept");
        }
        Ok(component)
    }

    /// Forgets what is kept for a component, if anything is.
    pub(crate) fn remove(&self, engine: &Engine, digest: &str) {
        let _may_not_be_there = fs::remove_file(self.path(engine, digest));
    }

    fn write(&self, engine: &Engine, digest: &str, compiled: &[u8]) -> io::Result<()> {
        let path = self.path(engine, digest);
        let draft = path.with_extension(format!("{}.draft", std::process::id()));
        let mut file =
            OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
        file.write_all(&self.mac(digest, compiled).finalize().into_bytes())?;
        file.write_all(compiled)?;
        file.sync_all()?;
        fs::rename(draft, path)
    }

    fn path(&self, engine: &Engine, digest: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let digest = digest.replace(':', "-");
        self.folder.join(format!("{digest}-{:016x}-{CONFIGURATION}.compiled", hasher.finish()))
    }

    fn mac(&self, digest: &str, compiled: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(digest.as_bytes());
        mac.update(compiled);
        mac
    }
}

/// Turns compiled code into a component.
fn deserialize(engine: &Engine, compiled: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `Component::deserialize` runs what it is given as native code and needs it to come
    // from `Engine::precompile_component` unaltered. The two callers pass what the compiling child
    // of this very program has just written to its pipe, or a file of the private folder whose MAC,
    // under a key only this host has, was verified over these bytes in memory.
    #[expect(unsafe_code, reason = "see above")]
    unsafe {
        Component::deserialize(engine, compiled)
    }
}

fn read_or_make_key(path: &Path) -> io::Result<[u8; KEY_BYTES]> {
    if let Ok(bytes) = fs::read(path)
        && let Ok(key) = bytes.try_into()
    {
        return Ok(key);
    }
    let key: [u8; KEY_BYTES] = rand::random();
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

/// What names a component for ever: the digest of its file.
pub(crate) fn digest(component: &[u8]) -> String {
    use sha2::Digest as _;
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(component)))
}
