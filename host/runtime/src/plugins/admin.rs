//! What admins do with plugins.
//!
//! Each change is rehearsed in a unit of work that is undone, to see where it would lead; what is
//! to serve then is prepared and probed beside what serves now; only then the change becomes true,
//! and the snapshot is swapped. Whatever goes wrong before that leaves everything as it was.

use std::collections::BTreeSet;
use std::sync::Arc;

use galleria_app::events::{self, Subscribe};
use galleria_app::installations::{self, Data, InstallOutcome, Upload};
use galleria_app::{
    AppError, Caller, Ended, RUNS_MAX, Work, jobs, pause_before_rerun, too_many_reruns, unit,
};
use galleria_domain::{Installation, InstallationState, PluginId};

use super::Plugins;
use super::load::{Candidate, plugin_id};
use crate::generation::Generation;
use crate::inspect::InvalidComponent;
use crate::link::cron_entries;

/// Why a change to a plugin was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The file can't be installed, or the version doesn't start.
    #[error("{0}")]
    Component(#[from] InvalidComponent),
    /// The shop refused.
    #[error("the shop refused")]
    App(#[from] AppError),
}

/// A change to the installation of one plugin.
enum Change<'a> {
    Install { candidate: &'a Candidate, component: &'a [u8], allow_older: bool },
    Grant { permissions: &'a BTreeSet<String>, warm: bool },
    Enable { events: Subscribe },
    Rollback,
}

/// Where a change led.
struct Outcome {
    installation: Installation,
    /// What the upload led to, if it was one.
    install: Option<InstallOutcome>,
}

impl Change<'_> {
    /// The file that the change brings, if it does.
    fn candidate(&self) -> Option<&Candidate> {
        match self {
            Self::Install { candidate, .. } => Some(candidate),
            Self::Grant { .. } | Self::Enable { .. } | Self::Rollback => None,
        }
    }

    /// From where on the plugin is told of events.
    fn events(&self) -> Subscribe {
        match self {
            Self::Enable { events } => *events,
            _ => Subscribe::WhereItStopped,
        }
    }

    async fn apply(&self, work: &mut Work, plugin: &PluginId) -> galleria_app::Result<Outcome> {
        let installation = match self {
            Self::Install { candidate, component, allow_older } => {
                let manifest = &candidate.inspection.manifest;
                let upload = Upload { digest: &candidate.digest, manifest, component };
                let outcome = installations::install(work, upload, *allow_older).await?;
                let installation = match &outcome {
                    InstallOutcome::Installed(installation)
                    | InstallOutcome::Unchanged(installation)
                    | InstallOutcome::Upgraded { installation, .. }
                    | InstallOutcome::Waiting { installation, .. } => installation.clone(),
                };
                return Ok(Outcome { installation, install: Some(outcome) });
            }
            Self::Grant { permissions, warm } => {
                installations::grant(work, plugin, permissions, *warm).await?
            }
            Self::Enable { .. } => installations::enable(work, plugin).await?,
            Self::Rollback => installations::rollback(work, plugin).await?,
        };
        Ok(Outcome { installation, install: None })
    }
}

impl Plugins {
    /// Takes a component file in: installs it, or upgrades the plugin that it is a version of.
    ///
    /// A version that needs wider permissions waits for consent, and the old one serves on.
    pub async fn install(
        &self,
        caller: &Caller,
        component: Vec<u8>,
        allow_older: bool,
    ) -> Result<InstallOutcome, ChangeError> {
        caller.require(galleria_domain::Permission::PluginsManage)?;
        let component = Arc::new(component);
        let candidate = self.examine(&component).await?;
        let plugin = plugin_id(&candidate.inspection.manifest)?;
        let change = Change::Install { candidate: &candidate, component: &component, allow_older };
        let changed = match self.try_out(&candidate).await {
            Ok(()) => self.change(caller, &plugin, change).await,
            Err(error) => Err(error.into()),
        };
        if changed.is_err() {
            self.forget(&candidate);
        }
        let outcome = changed?.install;
        outcome.ok_or_else(|| AppError::Internal("an upload led nowhere".into()).into())
    }

    /// Installs a component that isn't there yet, or is there in an older version; `None` if what
    /// is there is as new.
    pub async fn install_if_newer(
        &self,
        caller: &Caller,
        component: &[u8],
    ) -> Result<Option<InstallOutcome>, ChangeError> {
        let inspection = crate::inspect::inspect(component)?;
        let plugin = plugin_id(&inspection.manifest)?;
        let there = unit!(self.0.app.read(caller), work => installations::get(work, &plugin).await);
        match there {
            Ok(there) if there.artifact.manifest.version >= inspection.manifest.version => Ok(None),
            Ok(_) | Err(AppError::NotFound(_)) => {
                self.install(caller, component.to_vec(), false).await.map(Some)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Grants exactly these permissions, and whether instances may be used again. Consent to all
    /// that a waiting version needs puts it in place.
    pub async fn grant(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        permissions: &BTreeSet<String>,
        warm: bool,
    ) -> Result<Installation, ChangeError> {
        Ok(self.change(caller, plugin, Change::Grant { permissions, warm }).await?.installation)
    }

    /// Lets a plugin serve. If it did before, it catches up with the events since then.
    pub async fn enable(
        &self,
        caller: &Caller,
        plugin: &PluginId,
    ) -> Result<Installation, ChangeError> {
        self.enable_from(caller, plugin, Subscribe::WhereItStopped).await
    }

    /// Lets a plugin serve, and be told of events from somewhere on.
    pub async fn enable_from(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        events: Subscribe,
    ) -> Result<Installation, ChangeError> {
        Ok(self.change(caller, plugin, Change::Enable { events }).await?.installation)
    }

    /// Goes back to the version that served before.
    pub async fn rollback(
        &self,
        caller: &Caller,
        plugin: &PluginId,
    ) -> Result<Installation, ChangeError> {
        Ok(self.change(caller, plugin, Change::Rollback).await?.installation)
    }

    /// Stops a plugin from serving, and with `force` those that need it. Calls that run end well.
    pub async fn disable(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        force: bool,
    ) -> Result<Vec<Installation>, ChangeError> {
        let _changing = self.0.changing.lock().await;
        let stopped = unit!(self.0.app.write(caller), work => {
            installations::disable(work, plugin, force).await
        })?;
        let names: Vec<_> =
            stopped.iter().map(|installation| installation.plugin.as_str()).collect();
        let snapshot = self.0.snapshot.load_full();
        let staying =
            snapshot.generations().filter(|one| !names.contains(&one.context.id.as_str()));
        self.publish(staying.cloned());
        Ok(stopped)
    }

    /// Gives up the version that waits for consent.
    pub async fn discard_pending(
        &self,
        caller: &Caller,
        plugin: &PluginId,
    ) -> Result<Installation, ChangeError> {
        let _changing = self.0.changing.lock().await;
        Ok(
            unit!(self.0.app.write(caller), work => installations::discard_pending(work, plugin).await)?,
        )
    }

    /// Removes a plugin that is not enabled, with its files, and with its data if that is said.
    pub async fn uninstall(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        data: Data,
    ) -> Result<(), ChangeError> {
        let _changing = self.0.changing.lock().await;
        Ok(
            unit!(self.0.app.write(caller), work => installations::uninstall(work, plugin, data).await)?,
        )
    }

    /// Rehearses a change, prepares what is to serve then, carries the change out, and swaps.
    async fn change(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        change: Change<'_>,
    ) -> Result<Outcome, ChangeError> {
        let _changing = self.0.changing.lock().await;
        let target = self.rehearse(caller, plugin, &change).await?;
        if target.state != InstallationState::Enabled {
            return self.carry_out(caller, plugin, &change, &target, None).await;
        }
        let generation = match self.serving_as(&target) {
            Some(generation) => generation,
            None => self.prepare(caller, &target, change.candidate()).await?,
        };
        let outcome = self.carry_out(caller, plugin, &change, &target, Some(&generation)).await?;
        let snapshot = self.0.snapshot.load_full();
        let others =
            snapshot.generations().filter(|other| other.context.id != generation.context.id);
        self.publish(others.cloned().chain([Arc::clone(&generation)]));
        Ok(outcome)
    }

    /// Where a change would lead; nothing of it stays.
    async fn rehearse(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        change: &Change<'_>,
    ) -> Result<Installation, ChangeError> {
        for run in 1..=RUNS_MAX {
            let mut work = self.0.app.write(caller);
            work.set_run(run);
            let answer = change.apply(&mut work, plugin).await;
            work.undo().await;
            match answer {
                Ok(outcome) => return Ok(outcome.installation),
                Err(error) if error.is_again() => pause_before_rerun(run).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err(too_many_reruns().into())
    }

    /// Makes a change true, together with the tables of the version that is to serve and the first
    /// data of one that never served before.
    async fn carry_out(
        &self,
        caller: &Caller,
        plugin: &PluginId,
        change: &Change<'_>,
        target: &Installation,
        generation: Option<&Arc<Generation>>,
    ) -> Result<Outcome, ChangeError> {
        for run in 1..=RUNS_MAX {
            let mut work = self.0.app.write(caller);
            work.set_run(run);
            let declared = match generation {
                Some(generation) => generation.declare(&mut work).await,
                None => Ok(()),
            };
            let changed = match declared {
                Ok(()) => change.apply(&mut work, plugin).await,
                Err(error) => Err(error),
            };
            let outcome = match changed {
                Ok(outcome) if leads_to(&outcome.installation, target) => outcome,
                // Another host changed the installation since the rehearsal.
                Ok(outcome) => return Err(AppError::Stale(outcome.installation.version).into()),
                Err(error) if error.is_again() => {
                    work.undo().await;
                    pause_before_rerun(run).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let (mut work, prepared) = match generation {
                Some(generation) => begin_serving(work, &outcome.installation, generation).await,
                None => (work, Ok(())),
            };
            let prepared = match (prepared, generation) {
                (Ok(()), Some(generation)) => {
                    follow(&mut work, generation, change.events()).await.map_err(Into::into)
                }
                (prepared, _) => prepared,
            };
            match prepared {
                Err(ChangeError::App(error)) if error.is_again() => work.undo().await,
                Err(error) => {
                    work.undo().await;
                    return Err(error);
                }
                Ok(()) => match work.finish(Ok(())).await {
                    Ended::Done(Ok(())) => return Ok(outcome),
                    Ended::Done(Err(error)) => return Err(error.into()),
                    Ended::Again => {}
                },
            }
            pause_before_rerun(run).await;
        }
        Err(too_many_reruns().into())
    }

    /// The generation that serves already as an installation wants it, if one does.
    pub(super) fn serving_as(&self, target: &Installation) -> Option<Arc<Generation>> {
        let snapshot = self.0.snapshot.load();
        let generation = snapshot.generation(target.plugin.as_str())?;
        generation.serves_as(target).then(|| Arc::clone(generation))
    }
}

/// Whether a change led where it led in the rehearsal.
fn leads_to(installation: &Installation, target: &Installation) -> bool {
    installation.digest == target.digest
        && installation.state == target.state
        && installation.granted == target.granted
        && installation.grant_warm == target.grant_warm
}

/// Sees to it that a version is told of events, and that its jobs are begun when they are due.
async fn follow(
    work: &mut Work,
    generation: &Generation,
    events: Subscribe,
) -> galleria_app::Result<()> {
    let context = &generation.context;
    let entries = cron_entries(&context.manifest).map_err(AppError::Internal)?;
    jobs::plan_cron(work, &context.id, &entries).await?;
    if context.manifest.events.is_empty() {
        return Ok(());
    }
    events::subscribe(work, &context.id, events).await
}

/// Lets a version that never served before lay down its first data.
async fn begin_serving(
    work: Work,
    installation: &Installation,
    generation: &Arc<Generation>,
) -> (Work, Result<(), ChangeError>) {
    let version = &generation.context.manifest.version;
    let previous = installation.prepared_version.as_deref();
    if previous == Some(version.to_string().as_str()) {
        return (work, Ok(()));
    }
    let (mut work, answer) = generation.lay_down(work, previous).await;
    let answer = match answer {
        Ok(()) => installations::prepared(&mut work, &installation.plugin, version)
            .await
            .map(drop)
            .map_err(Into::into),
        Err(error) => Err(error),
    };
    (work, answer)
}
