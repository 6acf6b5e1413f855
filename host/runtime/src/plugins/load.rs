//! From a component file to a generation that is fit to serve.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use galleria_app::facets::FacetCatalog;
use galleria_app::installations::{self, effective, runs_warm};
use galleria_app::{Caller, unit};
use galleria_domain::{Installation, PluginId};
use galleria_manifest::Manifest;
use wasmtime::component::Component;

use super::{ChangeError, Plugins};
use crate::artifacts::digest;
use crate::generation::{Generation, GenerationParts};
use crate::inspect::{Inspection, InvalidComponent, inspect};
use crate::link::check_surface;
use crate::snapshot::Snapshot;

/// A file that was found to be a component that this host can run.
pub(super) struct Candidate {
    pub(super) digest: String,
    pub(super) inspection: Inspection,
    pub(super) component: Component,
    /// Whether compiled code was added to the cache for it.
    newly_cached: bool,
}

impl Plugins {
    /// Looks a file over, compiles it, and refuses it if anything about it is wrong.
    pub(super) async fn examine(
        &self,
        bytes: &Arc<Vec<u8>>,
    ) -> Result<Candidate, InvalidComponent> {
        let file = Arc::clone(bytes);
        let looked_over = tokio::task::spawn_blocking(move || {
            // The file is nobody's friend: if it makes the reader panic, it is refused.
            catch_unwind(AssertUnwindSafe(|| Ok((inspect(&file)?, digest(&file)))))
        });
        let (inspection, digest) = match looked_over.await {
            Ok(Ok(answer)) => answer?,
            _ => return Err(InvalidComponent::Damaged("it can't be read".into())),
        };
        check_surface(&inspection)?;
        let (component, newly_cached) = self.compiled(&digest, bytes).await?;
        Ok(Candidate { digest, inspection, component, newly_cached })
    }

    /// Forgets the compiled code of a file that was refused after all.
    pub(super) fn forget(&self, candidate: &Candidate) {
        if candidate.newly_cached {
            self.0.cache.remove(&self.0.engine.engine, &candidate.digest);
        }
    }

    /// Compiled code from the cache, or else from the compiling child; tells which.
    pub(super) async fn compiled(
        &self,
        digest: &str,
        bytes: &[u8],
    ) -> Result<(Component, bool), InvalidComponent> {
        let engine = &self.0.engine.engine;
        if let Some(component) = self.0.cache.load(engine, digest) {
            return Ok((component, false));
        }
        let compiled = self.0.compiler.compile(bytes).await?;
        let component =
            self.0.cache.store(engine, digest, &compiled).map_err(InvalidComponent::Compile)?;
        Ok((component, true))
    }

    /// Tries whether a file can be linked and instantiated at all, as if all that it asks for
    /// were granted.
    pub(super) async fn try_out(&self, candidate: &Candidate) -> Result<(), InvalidComponent> {
        let manifest = candidate.inspection.manifest.clone();
        let everything: BTreeSet<_> = manifest.permissions.keys().cloned().collect();
        let parts = GenerationParts {
            id: plugin_id(&manifest)?,
            digest: candidate.digest.clone(),
            granted: effective(&manifest, &everything),
            warm_granted: false,
            stats: Arc::default(),
            component: candidate.component.clone(),
            manifest,
        };
        Generation::prepare(&self.0.engine, &self.0.slots, parts)?.try_out().await
    }

    /// Prepares and probes a generation as an installation wants it; `new` is a file that isn't
    /// stored before the change that brings it is carried out. Changes nothing in the database.
    pub(super) async fn prepare(
        &self,
        caller: &Caller,
        target: &Installation,
        new: Option<&Candidate>,
    ) -> Result<Arc<Generation>, ChangeError> {
        let app = &self.0.app;
        let (manifest, component) = match new {
            Some(new) => (new.inspection.manifest.clone(), new.component.clone()),
            None => {
                let artifact = unit!(app.read(caller), work => installations::artifact(work, &target.digest).await)?;
                (artifact.manifest, self.component(caller, &target.digest).await?)
            }
        };
        let parts = GenerationParts {
            id: target.plugin.clone(),
            digest: target.digest.clone(),
            granted: effective(&manifest, &target.granted),
            warm_granted: runs_warm(target, &manifest),
            stats: self.0.stats.of(target.plugin.as_str()),
            component,
            manifest,
        };
        let generation = Generation::prepare(&self.0.engine, &self.0.slots, parts)?;
        generation.probe(app, &self.0.home).await?;
        Ok(Arc::new(generation))
    }

    /// The compiled component of a file that is installed.
    async fn component(&self, caller: &Caller, digest: &str) -> Result<Component, ChangeError> {
        if let Some(component) = self.0.cache.load(&self.0.engine.engine, digest) {
            return Ok(component);
        }
        let bytes =
            unit!(self.0.app.read(caller), work => installations::component(work, digest).await)?;
        Ok(self.compiled(digest, &bytes).await?.0)
    }

    /// Swaps what serves, and with it what customers can be found by.
    pub(super) fn publish(&self, generations: impl IntoIterator<Item = Arc<Generation>>) {
        let snapshot = Snapshot::of(generations);
        let enabled = snapshot.generations().map(|one| (&one.context.id, &one.context.manifest));
        self.0.app.set_facets(FacetCatalog::new(enabled));
        self.0.snapshot.store(Arc::new(snapshot));
    }
}

/// The id of a plugin, from its manifest.
pub(super) fn plugin_id(manifest: &Manifest) -> Result<PluginId, InvalidComponent> {
    manifest
        .id
        .parse()
        .map_err(|error| InvalidComponent::Manifest(format!("its id is no id: {error}")))
}
