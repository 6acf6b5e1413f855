//! Plugins written by hand in WebAssembly's own text, for what Rust can't express.

use std::path::Path;
use std::sync::LazyLock;

use galleria_manifest::Manifest;
use serde_json::{Value, json};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

use crate::component::with_raw_manifests;

/// How a hand-written plugin misbehaves, and where that shows.
#[derive(Clone, Debug)]
pub struct Guest {
    /// Its id as a plugin.
    pub id: &'static str,
    /// Its component file.
    pub component: Vec<u8>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Where a misbehaviour shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// No instance can be made, or the plugin says it isn't fit: it is never enabled.
    Start,
    /// Calls fail, as a failure of this kind.
    Call(&'static str),
    /// Calls are stopped because they take too long, by one clock or the other.
    Slow,
}

/// A manifest with what every one needs, and one route `GET /` if it is to have routes.
pub fn manifest_json(id: &str, has_route: bool) -> Value {
    let mut manifest = json!({
        "manifest": 1,
        "id": id,
        "version": "0.1.0",
        "host": "^0.1",
        "texts": { "en": { "title": "By hand", "summary": "Written by hand." } },
        "permissions": {
            "clock:read": { "required": false, "reason": { "en": "Calls the host." } },
        },
    });
    if has_route {
        manifest["routes"] = json!([{ "method": "GET", "path": "/", "audience": "visitor" }]);
    }
    manifest
}

/// Every hand-written plugin that misbehaves once it runs.
pub fn guests() -> Vec<Guest> {
    let start = [
        ("start-loops", "(func $s (loop $l (br $l))) (start $s)"),
        (
            "start-grows",
            "(func $s (loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable) (start $s)",
        ),
        ("start-traps", "(func $s unreachable) (start $s)"),
        ("start-recurses", "(func $s (call $s)) (start $s)"),
        ("start-calls-the-host", "(func $s (drop (call $now))) (start $s)"),
        ("data-outside", "(data (i32.const 0x7fff0000) \"outside\")"),
        ("elements-outside", "(table 1 funcref) (func $f) (elem (i32.const 9) func $f)"),
    ];
    let calls = [
        (
            "grows-a-table",
            "trap",
            "(table $t 1 funcref)",
            "(loop $l (br_if $l (i32.ne (table.grow $t (ref.null func) (i32.const 100)) (i32.const -1)))) unreachable",
        ),
        (
            "fills-memory",
            "slow",
            "",
            "(drop (memory.grow (i32.const 900))) (loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 58000000)) (br $l)) unreachable",
        ),
        ("answers-outside", "trap", "", "(i32.const 0x7ffffff0)"),
        ("answers-unaligned", "trap", "", "(i32.const 65)"),
        (
            "answers-unknown-case",
            "trap",
            "",
            "(i32.store8 (i32.const 64) (i32.const 7)) (i32.const 64)",
        ),
        (
            "answers-endless-headers",
            "trap",
            "",
            "(i32.store (i32.const 76) (i32.const 0x7fffffff)) (i32.const 64)",
        ),
        (
            "answers-overlapping-headers",
            "trap",
            "",
            "(i32.store (i32.const 72) (i32.const 4096)) (i32.store (i32.const 76) (i32.const 100000)) (drop (memory.grow (i32.const 100))) (loop $l (i32.store (i32.add (i32.const 4096) (local.get $at)) (i32.const 0)) (i32.store (i32.add (i32.const 4100) (local.get $at)) (i32.const 65536)) (local.set $at (i32.add (local.get $at) (i32.const 8))) (br_if $l (i32.lt_u (local.get $at) (i32.const 1600000)))) (i32.const 64)",
        ),
        (
            "answers-endless-body",
            "trap",
            "",
            "(i32.store (i32.const 84) (i32.const 0x7fffffff)) (i32.const 64)",
        ),
        (
            "refuses-with-200",
            "bad-response",
            "",
            "(i32.store8 (i32.const 64) (i32.const 1)) (i32.const 64)",
        ),
    ];
    let started = start.into_iter().map(|(id, module)| Guest {
        id,
        component: http(id, module, ANSWERS, REALLOC),
        fault: Fault::Start,
    });
    let called = calls.into_iter().map(|(id, kind, module, handle)| Guest {
        id,
        component: http(id, module, handle, REALLOC),
        fault: if kind == "slow" { Fault::Slow } else { Fault::Call(kind) },
    });
    let reallocs = [
        ("realloc-answers-outside", "(i32.const -8)"),
        ("realloc-traps", "unreachable"),
        ("realloc-loops", "(loop $l (br $l)) unreachable"),
        ("realloc-calls-the-host", "(drop (call $now)) (i32.const 4096)"),
    ];
    let realloced = reallocs.into_iter().map(|(id, realloc)| Guest {
        id,
        component: http(id, "", ANSWERS, realloc),
        fault: if id == "realloc-loops" { Fault::Slow } else { Fault::Call("trap") },
    });
    started.chain(called).chain(realloced).chain(life()).collect()
}

/// A plugin in which nothing is wrong: answers 200 without a body.
pub fn honest(id: &str) -> Vec<u8> {
    http(id, "", ANSWERS, REALLOC)
}

/// The same, but that an instance of it holds this many MiB from the beginning.
pub fn large(id: &str, mib: u32) -> Vec<u8> {
    http_in(mib * 16, id, "", ANSWERS, REALLOC)
}

/// Answers what lies at 64.
const ANSWERS: &str = "(i32.const 64)";
/// Hands out memory and never takes it back.
const REALLOC: &str =
    "(global.set $free (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get 3)))";

/// A plugin with one route. `module` is put into its core module, `handle` and `realloc` are the
/// bodies of those functions.
fn http(id: &str, module: &str, handle: &str, realloc: &str) -> Vec<u8> {
    http_in(2, id, module, handle, realloc)
}

/// The same with so many pages of memory.
fn http_in(pages: u32, id: &str, module: &str, handle: &str, realloc: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "galleria:clock/wall-time@0.1.0" "now" (func $now (result i64)))
            (memory (export "memory") {pages})
            (global $free (mut i32) (i32.const 65536))
            ;; An ok with status 200, no headers and no body; or a refusal, read another way.
            (data (i32.const 64) "\00\00\00\00\c8\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {realloc})
            (func (export "galleria:plugin/http@0.1.0#handle") (param i32) (result i32)
                (local $at i32) {handle})
            {module})"#
    );
    let module = wat::parse_str(&text).expect("the module is well formed");
    with_manifest(&componentize(module), &manifest_json(id, true))
}

/// The component of a core module that imports the clock and answers HTTP.
fn componentize(mut module: Vec<u8>) -> Vec<u8> {
    static WORLD: LazyLock<(Resolve, WorldId)> = LazyLock::new(|| {
        let mut resolve = Resolve::default();
        for package in ["shared", "clock", "plugin"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit").join(package);
            resolve.push_dir(folder).expect("the contract is well formed");
        }
        let world = "package tests:guest;
            world guest { import galleria:clock/wall-time@0.1.0; export galleria:plugin/http@0.1.0; }";
        let package = resolve.push_str("guest.wit", world).expect("the world is well formed");
        let world = resolve.select_world(&[package], None).expect("the world is there");
        (resolve, world)
    });
    let (resolve, world) = &*WORLD;
    embed_component_metadata(&mut module, resolve, *world, StringEncoding::UTF8, false)
        .expect("the module takes its world");
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .expect("the module fits its world")
}

/// Plugins that are told of the turns in their life, and don't take it well.
fn life() -> Vec<Guest> {
    let many_memories =
        "(core module $m (memory 640))".to_owned() + &"(core instance (instantiate $m))".repeat(7);
    let calls = [
        ("probe-refuses", "", REFUSES, FINE),
        ("probe-traps", "", "unreachable", FINE),
        ("probe-loops", "", "(loop $l (br $l)) unreachable", FINE),
        ("probe-answers-outside", "", "(i32.const -16)", FINE),
        ("prepare-refuses", "", FINE, REFUSES),
        ("prepare-traps", "", FINE, "unreachable"),
        ("many-memories", &many_memories, FINE, FINE),
    ];
    let guest = |(id, more, probe, prepare): (&'static str, &str, &str, &str)| Guest {
        id,
        component: lifecycle(id, more, probe, prepare),
        fault: Fault::Start,
    };
    calls.into_iter().map(guest).collect()
}

/// Answers `ok`, or an `err` with the text `no!!`, to a turn in a plugin's life.
const FINE: &str = "(i32.const 64)";
const REFUSES: &str = "(i32.store8 (i32.const 64) (i32.const 1)) (i32.const 64)";

/// A plugin without routes; `more` is put into the component, `probe` and `prepare` are the bodies
/// of those functions.
fn lifecycle(id: &str, more: &str, probe: &str, prepare: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            {more}
            (core module $code
                (memory (export "memory") 1)
                (data (i32.const 64) "\00\00\00\00\60\00\00\00\04\00\00\00")
                (data (i32.const 96) "no!!")
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
                (func (export "probe") (result i32) {probe})
                (func (export "prepare") (param i32 i32 i32) (result i32) {prepare}))
            (core instance $code (instantiate $code))
            (alias core export $code "memory" (core memory $memory))
            (alias core export $code "realloc" (core func $realloc))
            (func $probe (result (result (error string)))
                (canon lift (core func $code "probe") (memory $memory)))
            (func $prepare (param "previous" (option string)) (result (result (error string)))
                (canon lift (core func $code "prepare") (memory $memory) (realloc $realloc)))
            (instance $lifecycle (export "probe" (func $probe)) (export "prepare" (func $prepare)))
            (export "galleria:plugin/lifecycle@0.1.0" (instance $lifecycle)))"#
    );
    let component = wat::parse_str(&text).expect("the component is well formed");
    with_manifest(&component, &manifest_json(id, false))
}

fn with_manifest(component: &[u8], manifest: &Value) -> Vec<u8> {
    let manifest: Manifest = serde_json::from_value(manifest.clone()).expect("it is a manifest");
    with_raw_manifests(component, &[&manifest.to_canonical_json()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guest_is_a_plugin_with_an_id_of_its_own() {
        let guests = guests();
        for guest in &guests {
            assert_eq!(crate::component::manifest(&guest.component).id, guest.id);
        }
        let ids: std::collections::BTreeSet<_> = guests.iter().map(|guest| guest.id).collect();
        assert_eq!(ids.len(), guests.len());
        assert!(guests.len() > 20);
    }
}
