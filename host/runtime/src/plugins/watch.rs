//! Follows what other hosts on the same database decide, and what was decided before this start.

use std::sync::Arc;
use std::time::Duration;

use galleria_app::{AppError, Caller, installations, unit};
use galleria_domain::InstallationState;

use super::{ChangeError, Inner, Plugins};

/// How often the revision is looked at: all hosts follow within two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often unused instances are thrown away.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

/// Up to which revision of the installations this host has followed.
#[derive(Debug, Default)]
pub(super) struct Seen(u64);

impl Plugins {
    /// Makes what serves equal to what is installed and enabled.
    ///
    /// A plugin that can't be loaded keeps its version that serves, if one does; the others go on.
    pub(super) async fn follow_installations(&self) -> Result<(), AppError> {
        let mut seen = self.0.changing.lock().await;
        let caller = Caller::system(self.0.home.clone());
        let (revision, installed) = unit!(self.0.app.read(&caller), work => {
            Ok((installations::revision(work).await?, installations::list(work).await?))
        })?;
        if seen.0 == revision && revision != 0 {
            return Ok(());
        }
        let mut generations = Vec::new();
        let mut all_looked_at = true;
        let enabled =
            installed.iter().filter(|one| one.installation.state == InstallationState::Enabled);
        for target in enabled.map(|one| &one.installation) {
            if let Some(generation) = self.serving_as(target) {
                generations.push(generation);
                continue;
            }
            match self.prepare(&caller, target, None).await {
                Ok(generation) => generations.push(generation),
                Err(error) => {
                    // What the shop failed at may go better soon; a component stays what it is.
                    all_looked_at &= matches!(error, ChangeError::Component(_));
                    tracing::error!(plugin = %target.plugin, error = %chain(&error), "the plugin can't be loaded");
                    generations
                        .extend(self.0.snapshot.load().generation(target.plugin.as_str()).cloned());
                }
            }
        }
        self.publish(generations);
        if all_looked_at {
            seen.0 = revision;
        }
        Ok(())
    }

    /// Keeps following, and throws unused instances away, for as long as the port is open.
    pub(super) fn watch(&self) {
        let inner = Arc::downgrade(&self.0);
        let shared = self.0.app.database().is_shared();
        tokio::spawn(async move {
            while let Some(inner) = inner.upgrade() {
                let plugins = Self(inner);
                plugins.0.sweep();
                if shared && let Err(error) = plugins.follow_installations().await {
                    tracing::warn!(error = %chain(&error), "the installations could not be looked at");
                }
                drop(plugins);
                tokio::time::sleep(if shared { LOOK_EVERY } else { SWEEP_EVERY }).await;
            }
        });
    }
}

impl Inner {
    fn sweep(&self) {
        for generation in self.snapshot.load().generations() {
            generation.sweep();
        }
    }
}

/// An error with all its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
