//! The plugins that come with the host, switched on.

use std::collections::BTreeSet;

use galleria::{BUNDLED, Galleria};
use galleria_app::Caller;
use galleria_app::unit;
use galleria_domain::PluginId;
use galleria_manifest::Manifest;

use super::DemoError;
use super::progress::{self, Progress};

/// What the bundled plugins say about themselves.
pub(super) fn bundled() -> Result<Vec<Manifest>, DemoError> {
    let manifest = |(id, component): &(&str, &[u8])| {
        let inspection = galleria_runtime::inspect(component);
        inspection.map(|inspection| inspection.manifest).map_err(|error| failed(id, &error))
    };
    BUNDLED.iter().map(manifest).collect()
}

/// Grants each plugin all that it asks for and enables it, the first time it is seen.
pub(super) async fn switch_on(
    galleria: &Galleria,
    host: &Caller,
    bundled: &[Manifest],
) -> Result<(), DemoError> {
    let app = galleria.app();
    let done = unit!(app.read(host), work => progress::read(work).await)?.unwrap_or_default();
    for manifest in in_order(bundled).into_iter().filter(|one| !done.plugins.contains(&one.id)) {
        let id: PluginId = manifest.id.parse().map_err(|error| failed(&manifest.id, &error))?;
        let wanted: BTreeSet<String> = manifest.permissions.keys().cloned().collect();
        let warm = manifest.instances == galleria_manifest::Instances::Warm;
        let plugins = galleria.plugins();
        let granted = plugins.grant(host, &id, &wanted, warm).await;
        granted.map_err(|error| failed(&manifest.id, &error))?;
        let enabled = plugins.enable(host, &id).await;
        enabled.map_err(|error| failed(&manifest.id, &error))?;
        unit!(app.write(host), work => {
            let mut done: Progress = progress::read(work).await?.unwrap_or_default();
            done.plugins.insert(manifest.id.clone());
            progress::write(work, &done).await
        })?;
    }
    Ok(())
}

/// What others need comes before them.
fn in_order(bundled: &[Manifest]) -> Vec<&Manifest> {
    let mut left: Vec<&Manifest> = bundled.iter().collect();
    let mut ordered: Vec<&Manifest> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_next = |one: &&Manifest| {
            one.requires.keys().all(|id| ordered.iter().any(|before| before.id == *id))
        };
        // One that needs what isn't there is tried last: the shop says best what it lacks.
        let at = left.iter().position(is_next).unwrap_or(0);
        ordered.push(left.remove(at));
    }
    ordered
}

fn failed(plugin: &str, error: &dyn std::error::Error) -> DemoError {
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    DemoError::Plugin { plugin: plugin.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(id: &str, requires: &str) -> Manifest {
        Manifest::from_toml(&format!(
            "manifest = 1\nid = \"{id}\"\nversion = \"1.0.0\"\nhost = \"^0.1\"\n\
             [texts.en]\ntitle = \"{id}\"\n[requires]\n{requires}\n"
        ))
        .unwrap()
    }

    #[test]
    fn what_a_plugin_needs_is_enabled_before_it() {
        let all = [
            manifest("a", "b = \"^1\"\nnowhere = \"^1\""),
            manifest("b", "c = \"^1\""),
            manifest("c", ""),
        ];
        let ids: Vec<_> = in_order(&all[1..]).iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["c", "b"]);
        assert_eq!(in_order(&all).len(), 3);
    }
}
