//! The events of plugins.

use galleria_domain::{EventKind, Installation, NewEvent};
use serde_json::Value;

use crate::error::Result;
use crate::events;
use crate::work::Work;

/// Tells what happened to a plugin, whose record calls it `action`.
pub(super) async fn tell(
    work: &mut Work,
    action: &str,
    installation: &Installation,
    detail: &Value,
) -> Result<()> {
    let kind = match action {
        "plugin.enable" => EventKind::PluginEnabled,
        "plugin.disable" => EventKind::PluginDisabled,
        "plugin.upgrade" | "plugin.rollback" => EventKind::PluginUpgraded,
        _ => return Ok(()),
    };
    let payload = match detail {
        Value::Null => serde_json::json!({}),
        detail => detail.clone(),
    };
    let aggregate = format!("plugin:{}", installation.plugin);
    let aggregate_version = installation.version;
    events::append(work, NewEvent { kind, aggregate: &aggregate, aggregate_version, payload }).await
}
