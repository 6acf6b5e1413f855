//! The tables of a plugin whose version changes: each version finds its own indexes.

use galleria_manifest::{Field, FieldKind, Index, Manifest};
use galleria_tests::component::{manifest, renamed, with_manifest};
use galleria_tests::database::on_both;
use galleria_tests::guests::guests;
use galleria_tests::host::TestHost;
use galleria_tests::plugins::components;
use serde_json::json;

/// The manifest of the plugin with the notes, under another id and in another version. There no
/// two notes have the same count, while any number of them have the same name.
fn strict_about_counts(id: &str, version: &str) -> Manifest {
    let mut next = manifest(&renamed(&components().rogue, id, version));
    let note = next.entities.get_mut("note").expect("there are notes");
    let index = |field: &str, unique| Index { fields: vec![field.to_owned()], unique };
    note.indexes.insert("name".to_owned(), index("name", false));
    note.indexes.insert("count".to_owned(), index("count", true));
    next
}

/// Adds a field to the notes.
fn with_field(mut manifest: Manifest, kind: FieldKind) -> Manifest {
    let note = manifest.entities.get_mut("note").expect("there are notes");
    note.fields.insert("late".to_owned(), Field { kind, optional: true });
    manifest
}

/// Writes two notes that have the same count, each with a name of its own.
async fn write(host: &TestHost, plugin: &str, name: &str) -> u16 {
    host.post(&format!("/admin/v1/x/{plugin}/notes/{name}"), &json!({})).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_fails_leaves_the_tables_to_the_version_that_serves() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        for id in ["probe-refuses", "probe-traps", "prepare-refuses", "prepare-traps"] {
            host.plug(&renamed(&components().rogue, id, "0.1.0"), &["storage:use"]).await;
            let guest = guests().into_iter().find(|guest| guest.id == id).expect("it is there");
            let mut next = with_field(strict_about_counts(id, "0.2.0"), FieldKind::Number);
            next.routes.clear();
            let refused = host.install(&with_manifest(&guest.component, &next)).await.unwrap_err();
            assert!(refused.to_string().contains("doesn't start"), "{id}: {refused}");
            assert_eq!(write(&host, id, "a").await, 201, "{id}: counts are nobody's business yet");
            assert_eq!(write(&host, id, "a").await, 409, "{id}: no name is there twice");
            // Nobody ever stored the field as a number.
            let rogue = renamed(&components().rogue, id, "0.3.0");
            let mended = with_field(manifest(&rogue), FieldKind::Text);
            host.install(&with_manifest(&rogue, &mended)).await.expect("it is as good as new");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_is_gone_back_to_has_its_own_indexes_again() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let rogue = &components().rogue;
        let plugin = host.plug(rogue, &["storage:use"]).await;
        let next = with_manifest(rogue, &strict_about_counts("rogue", "0.2.0"));
        host.install(&next).await.expect("an upgrade");
        assert_eq!(write(&host, "rogue", "a").await, 409, "the new version minds counts");
        host.galleria.plugins().rollback(host.owner(), &plugin).await.expect("a way back");
        assert_eq!(write(&host, "rogue", "a").await, 201, "the old one doesn't");
        assert_eq!(write(&host, "rogue", "a").await, 409, "but minds names");
        let refused = host.install(&next).await.unwrap_err();
        assert!(format!("{refused:?}").contains("the same values"), "{refused:?}");
        assert_eq!(write(&host, "rogue", "b").await, 201, "and serves on as it did");
    })
    .await;
}
