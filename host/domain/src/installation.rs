//! Installations: what admins decided about plugins.

use std::collections::BTreeSet;

use crate::id::PluginId;
use crate::names::named;
use crate::time::Instant;

named! {
    /// What is to become of a plugin. What runs at this moment is the runtime's to know.
    InstallationState, "state of an installation" {
        /// A permission that it can't work without isn't granted.
        WaitingConsent = "waiting-consent",
        /// It could be enabled.
        Disabled = "disabled",
        /// It is to serve.
        Enabled = "enabled",
        /// It was to serve and could not.
        Failed = "failed",
    }
}

/// What an admin decided about a plugin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Installation {
    /// The plugin.
    pub plugin: PluginId,
    /// The file that serves: `sha256:…`.
    pub digest: String,
    /// The file that served before, to go back to.
    pub previous_digest: Option<String>,
    /// A newer file that waits for consent to wider permissions.
    pub pending_digest: Option<String>,
    /// What is to become of it.
    pub state: InstallationState,
    /// Why it failed, in a sentence; only with [`InstallationState::Failed`].
    pub failure: Option<String>,
    /// The permissions granted, by their names. What the file that serves doesn't ask for is of no
    /// effect.
    pub granted: BTreeSet<String>,
    /// Whether its instances may be used again.
    pub grant_warm: bool,
    /// The version that was last prepared for serving.
    pub prepared_version: Option<String>,
    /// When it was first installed.
    pub installed_at: Instant,
    /// When anything of this last changed.
    pub updated_at: Instant,
    /// Grows by one with each change.
    pub version: u64,
}
