//! Installations: what is done with plugins, and what stands against it.

use std::collections::BTreeSet;

use galleria_app::installations::{self, Data, InstallOutcome, Upload};
use galleria_app::{AppError, audit, unit};
use galleria_domain::{Installation, InstallationState, PageRequest, Permission, PluginId};
use galleria_manifest::Manifest;
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;

/// A plugin `id`; `needs` are lines of `requires` and `permissions`.
fn manifest(id: &str, version: &str, needs: &str) -> Manifest {
    let text = format!(
        "manifest = 1\nid = \"{id}\"\nversion = \"{version}\"\nhost = \"*\"\n[texts.en]\ntitle = \"T\"\n{needs}"
    );
    Manifest::from_toml(&text).unwrap()
}

fn asks(permission: &str) -> String {
    format!("[permissions.\"{permission}\"]\nreason = {{ en = \"to work\" }}\n")
}

fn id(plugin: &str) -> PluginId {
    plugin.parse().unwrap()
}

fn set(permissions: &[&str]) -> BTreeSet<String> {
    permissions.iter().map(|name| (*name).to_owned()).collect()
}

fn digest(manifest: &Manifest) -> String {
    format!("sha256:{}-{}", manifest.id, manifest.version)
}

async fn install(
    shop: &TestShop,
    manifest: &Manifest,
    older: bool,
) -> Result<InstallOutcome, AppError> {
    let (owner, digest) = (shop.owner(), digest(manifest));
    let upload = Upload { digest: &digest, manifest, component: b"component" };
    unit!(shop.app.write(&owner), work => installations::install(work, upload, older).await)
}

async fn enable(shop: &TestShop, plugin: &str) -> Result<Installation, AppError> {
    let (owner, plugin) = (shop.owner(), id(plugin));
    unit!(shop.app.write(&owner), work => installations::enable(work, &plugin).await)
}

async fn disable(
    shop: &TestShop,
    plugin: &str,
    force: bool,
) -> Result<Vec<Installation>, AppError> {
    let (owner, plugin) = (shop.owner(), id(plugin));
    unit!(shop.app.write(&owner), work => installations::disable(work, &plugin, force).await)
}

async fn grant(shop: &TestShop, plugin: &str, names: &[&str]) -> Result<Installation, AppError> {
    let (owner, plugin, names) = (shop.owner(), id(plugin), set(names));
    unit!(shop.app.write(&owner), work => installations::grant(work, &plugin, &names, false).await)
}

async fn rollback(shop: &TestShop, plugin: &str) -> Result<Installation, AppError> {
    let (owner, plugin) = (shop.owner(), id(plugin));
    unit!(shop.app.write(&owner), work => installations::rollback(work, &plugin).await)
}

async fn revision(shop: &TestShop) -> u64 {
    let owner = shop.owner();
    unit!(shop.app.read(&owner), work => installations::revision(work).await).unwrap()
}

/// The kind of a conflict, and its sentence.
fn conflict<T: std::fmt::Debug>(answer: Result<T, AppError>) -> (&'static str, String) {
    match answer {
        Err(AppError::Conflict { kind, detail, .. }) => (kind, detail),
        other => panic!("no conflict: {other:?}"),
    }
}

#[tokio::test]
async fn a_plugin_serves_only_with_all_that_it_cannot_work_without() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let first = manifest("p", "1.0.0", &asks("customers:read"));
        let InstallOutcome::Installed(installed) = install(&shop, &first, false).await.unwrap()
        else {
            panic!("it is the first")
        };
        assert_eq!(installed.state, InstallationState::WaitingConsent);
        let (kind, detail) = conflict(enable(&shop, "p").await);
        assert_eq!(kind, "consent-missing");
        assert!(detail.contains("customers:read"), "{detail}");
        assert!(matches!(grant(&shop, "p", &["customers:write"]).await, Err(AppError::Invalid(_))));
        let granted = grant(&shop, "p", &["customers:read"]).await.unwrap();
        assert_eq!(granted.state, InstallationState::Disabled);
        assert_eq!(enable(&shop, "p").await.unwrap().state, InstallationState::Enabled);
        assert_eq!(conflict(grant(&shop, "p", &[]).await).0, "required-permission");
    })
    .await;
}

#[tokio::test]
async fn an_upgrade_that_needs_more_waits_for_consent_while_the_old_version_serves() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let one = manifest("p", "1.0.0", "");
        let two = manifest("p", "1.1.0", &asks("customers:read"));
        install(&shop, &one, false).await.unwrap();
        enable(&shop, "p").await.unwrap();
        let InstallOutcome::Waiting { installation, consent } =
            install(&shop, &two, false).await.unwrap()
        else {
            panic!("it must wait")
        };
        assert_eq!(
            (installation.digest, installation.pending_digest),
            (digest(&one), Some(digest(&two)))
        );
        assert_eq!(consent.added[0].permission, "customers:read");
        let next = grant(&shop, "p", &["customers:read"]).await.unwrap();
        assert_eq!((next.digest, next.pending_digest), (digest(&two), None));
        assert_eq!(
            (next.previous_digest, next.state),
            (Some(digest(&one)), InstallationState::Enabled)
        );
        let back = rollback(&shop, "p").await.unwrap();
        assert_eq!((back.digest, back.previous_digest), (digest(&one), Some(digest(&two))));
        let forth = rollback(&shop, "p").await.unwrap();
        assert_eq!((forth.digest, forth.state), (digest(&two), InstallationState::Enabled));
    })
    .await;
}

#[tokio::test]
async fn an_older_version_is_taken_only_on_demand_and_the_same_file_changes_nothing() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (one, two) = (manifest("p", "1.0.0", ""), manifest("p", "2.0.0", ""));
        install(&shop, &two, false).await.unwrap();
        let before = revision(&shop).await;
        assert!(matches!(install(&shop, &two, false).await, Ok(InstallOutcome::Unchanged(_))));
        assert_eq!(conflict(install(&shop, &one, false).await).0, "plugin-older");
        assert_eq!(revision(&shop).await, before);
        assert!(matches!(install(&shop, &one, true).await, Ok(InstallOutcome::Upgraded { .. })));
        assert!(revision(&shop).await > before);
    })
    .await;
}

#[tokio::test]
async fn plugins_that_need_each_other_are_switched_in_order() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let needs = |id: &str| format!("[requires]\n{id} = \"^1\"\n");
        for manifest in [
            manifest("base", "1.0.0", ""),
            manifest("middle", "1.0.0", &needs("base")),
            manifest("top", "1.0.0", &needs("middle")),
        ] {
            install(&shop, &manifest, false).await.unwrap();
        }
        let (kind, detail) = conflict(enable(&shop, "middle").await);
        assert_eq!(kind, "dependency-missing");
        assert!(detail.contains("base"), "{detail}");
        for plugin in ["base", "middle", "top"] {
            enable(&shop, plugin).await.unwrap();
        }
        let (kind, detail) = conflict(disable(&shop, "base", false).await);
        assert_eq!(kind, "dependants");
        assert!(detail.contains("middle") && detail.contains("top"), "{detail}");
        let (kind, detail) = conflict(install(&shop, &manifest("base", "2.0.0", ""), false).await);
        assert_eq!(kind, "dependants");
        assert!(detail.contains("middle needs base ^1"), "{detail}");
        let stopped = disable(&shop, "base", true).await.unwrap();
        let names: Vec<_> = stopped.iter().map(|stopped| stopped.plugin.as_str()).collect();
        assert_eq!(names, ["top", "middle", "base"]);
    })
    .await;
}

#[tokio::test]
async fn a_plugin_goes_with_its_files_and_leaves_no_trace_but_the_record() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (owner, plugin, one) = (shop.owner(), id("p"), manifest("p", "1.0.0", ""));
        install(&shop, &one, false).await.unwrap();
        enable(&shop, "p").await.unwrap();
        let uninstall = async || {
            unit!(shop.app.write(&owner), work => installations::uninstall(work, &plugin, Data::Drop).await)
        };
        assert_eq!(conflict(uninstall().await).0, "plugin-enabled");
        disable(&shop, "p", false).await.unwrap();
        uninstall().await.unwrap();
        let digest = digest(&one);
        let gone = unit!(shop.app.read(&owner), work => installations::component(work, &digest).await);
        assert!(matches!(gone, Err(AppError::NotFound(_))));
        let filter = audit::AuditFilter { object: Some("plugin:p".to_owned()), ..Default::default() };
        let page = unit!(shop.app.read(&owner), work => {
            audit::list(work, &filter, &PageRequest::first(50)).await
        });
        let mut actions: Vec<_> = page.unwrap().items.into_iter().map(|entry| entry.event.action).collect();
        actions.reverse();
        assert_eq!(actions, ["plugin.install", "plugin.enable", "plugin.disable", "plugin.uninstall"]);
    })
    .await;
}

#[tokio::test]
async fn who_may_see_plugins_may_not_switch_them() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        install(&shop, &manifest("p", "1.0.0", ""), false).await.unwrap();
        let (_, clerk) = shop.hire("clerk@example.com", &[Permission::PluginsRead]).await;
        let plugin = id("p");
        let seen = unit!(shop.app.read(&clerk), work => installations::list(work).await).unwrap();
        assert_eq!(seen.len(), 1);
        let denied =
            unit!(shop.app.write(&clerk), work => installations::enable(work, &plugin).await);
        assert!(matches!(denied, Err(AppError::PermissionDenied(_))));
        let (_, other) = shop.hire("other@example.com", &[Permission::CustomersRead]).await;
        let denied = unit!(shop.app.read(&other), work => installations::get(work, &plugin).await);
        assert!(matches!(denied, Err(AppError::PermissionDenied(_))));
    })
    .await;
}
