//! What components that are built of crates look like from outside.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use galleria_build::Component;
use galleria_manifest::{Manifest, SECTION, interface_of};
use wasmparser::{Parser, Payload};
use wit_component::DecodedWasm;
use wit_parser::{WorldItem, WorldKey};

static HELLO: LazyLock<(Component, Vec<u8>)> = LazyLock::new(|| built("examples/hello"));
static ROLES: LazyLock<(Component, Vec<u8>)> = LazyLock::new(|| built("plugins/customer-roles"));

fn built(folder: &str) -> (Component, Vec<u8>) {
    let component = galleria_build::build(&root().join(folder)).expect("the plugin builds");
    let bytes = std::fs::read(&component.path).expect("the component is there");
    (component, bytes)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The functions that a component imports or exports, as `interface.function`.
fn functions(component: &[u8], imports: bool) -> Vec<String> {
    let decoded = wit_component::decode(component).expect("it is a component");
    let resolve = decoded.resolve();
    let DecodedWasm::Component(_, world) = &decoded else { panic!("it is a WIT package") };
    let world = &resolve.worlds[*world];
    let items = if imports { &world.imports } else { &world.exports };
    let mut found = Vec::new();
    for (key, item) in items {
        match item {
            WorldItem::Interface { id, .. } => {
                let name = resolve.name_world_key(key);
                let functions = resolve.interfaces[*id].functions.keys();
                found.extend(functions.map(|function| format!("{name}.{function}")));
            }
            _ => found.push(match key {
                WorldKey::Name(name) => name.clone(),
                WorldKey::Interface(_) => resolve.name_world_key(key),
            }),
        }
    }
    found
}

fn manifest(component: &[u8]) -> Option<Vec<u8>> {
    Parser::new(0).parse_all(component).find_map(|payload| match payload {
        Ok(Payload::CustomSection(section)) if section.name() == SECTION => {
            Some(section.data().to_vec())
        }
        _ => None,
    })
}

#[test]
fn a_component_carries_its_manifest_in_canonical_form() {
    let (component, bytes) = &*HELLO;
    let json = manifest(bytes).expect("there is a manifest");
    let manifest = Manifest::from_json(&json).expect("the manifest is right");
    assert_eq!(manifest.id, "hello");
    assert_eq!(component.id, "hello");
    assert_eq!(json, manifest.to_canonical_json());
}

#[test]
fn a_component_imports_only_what_it_calls() {
    let (_, bytes) = &*HELLO;
    let imports = functions(bytes, true);
    let of_the_host: Vec<_> = imports.iter().filter(|name| name.starts_with("galleria:")).collect();
    assert!(of_the_host.is_empty(), "hello calls no host function, but imports {of_the_host:?}");
}

/// Of WASI there is only what takes the message of a panic to the host.
#[test]
fn a_component_reaches_nothing_but_standard_error_outside_the_contract() {
    for (_, bytes) in [&*HELLO, &*ROLES] {
        let imports = functions(bytes, true);
        let foreign: Vec<_> = imports
            .iter()
            .filter(|name| !name.starts_with("galleria:"))
            .map(|name| bare(name))
            .collect();
        assert_eq!(
            foreign,
            [
                "wasi:io/streams.[method]output-stream.blocking-write-and-flush",
                "wasi:cli/stderr.get-stderr",
            ]
        );
    }
}

/// The name without the version.
fn bare(name: &str) -> String {
    let (interface, function) = name.split_once('@').expect("interfaces have versions");
    let function = function.splitn(4, '.').last().expect("there is a function");
    format!("{interface}.{function}")
}

#[test]
fn every_interface_that_a_plugin_imports_is_covered_by_its_permissions() {
    let (_, bytes) = &*ROLES;
    let json = manifest(bytes).expect("there is a manifest");
    let manifest = Manifest::from_json(&json).expect("the manifest is right");
    let imports = functions(bytes, true);
    let of_the_host: Vec<_> = imports.iter().filter(|name| name.starts_with("galleria:")).collect();
    assert!(of_the_host.len() >= 10, "{of_the_host:?}");
    for import in of_the_host {
        let interface = import.split('@').next().expect("split yields something");
        let asked = manifest.permissions.keys().any(|one| interface_of(one) == Some(interface));
        assert!(asked, "no permission covers {import}");
    }
    for permission in manifest.permissions.keys() {
        let interface = interface_of(permission).expect("the manifest was checked");
        let used = imports.iter().any(|import| import.starts_with(&format!("{interface}@")));
        assert!(used, "{permission} is asked for, but nothing of {interface} is imported");
    }
}

#[test]
fn a_component_exports_only_what_it_offers() {
    let (_, bytes) = &*HELLO;
    assert_eq!(functions(bytes, false), ["galleria:plugin/http@0.1.0.handle"]);
}

#[test]
fn a_folder_without_a_plugin_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let error = galleria_build::build(folder.path()).expect_err("there is nothing to build");
    assert!(error.to_string().contains("galleria.toml"), "{error}");
}

#[test]
fn the_plugins_of_the_repository_are_found_by_their_folders() {
    let folders = galleria_build::plugin_dirs(&root().join("plugins")).expect("there are plugins");
    assert!(folders.iter().any(|folder| folder.ends_with("customer-roles")), "{folders:?}");
    assert!(folders.is_sorted());
}
