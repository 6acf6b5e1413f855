use std::fmt::Write as _;

use super::{Misfit, wat};
use crate::component::{Section, assemble, with_raw_manifests};
use crate::guests::manifest_json;

/// The largest file that may be offered.
const FILE_BYTES_MAX: usize = 16 << 20;

/// Files that are no components, or none that this host runs.
pub(super) fn misfits(hello: &[u8]) -> Vec<Misfit> {
    let not = "not a WebAssembly component";
    let mut all = vec![
        misfit("nothing", b"", not),
        misfit("one byte", b"\0", not),
        misfit("a page", b"<!doctype html><title>404</title>", not),
        misfit("text", b"(component)", not),
        // What a compiler of WebAssembly leaves behind is a native object file.
        misfit("compiled code", b"\x7fELF\x02\x01\x01\x00\x00\x00", not),
        misfit("a core module", &wat("(module)"), "core WebAssembly module"),
        misfit("a preamble", &hello[..8], "has no manifest"),
        misfit("half a preamble", &hello[..6], "damaged"),
        misfit("half a file", &hello[..hello.len() / 2], "damaged"),
        misfit("a file without its last byte", &hello[..hello.len() - 1], "damaged"),
        misfit("another version of the format", &other_version(hello), "damaged"),
        misfit(
            "components in components in components",
            &plugin(&nested(2_000)),
            "can't be compiled",
        ),
        misfit("a file that is too large", &too_large(hello), "bytes long"),
    ];
    all.extend(uncompilable().into_iter().map(|(name, text, says)| Misfit {
        name,
        file: plugin(&wat(&text)),
        says,
    }));
    all
}

/// Small and valid, but more work than a compiler is allowed: one function whose many variables all
/// live across nested loops.
pub fn compile_bomb() -> Vec<u8> {
    const LOCALS: usize = 40_000;
    const LOOPS: usize = 200;
    let mut body = format!("(local {})", " i64".repeat(LOCALS));
    for at in 1..=LOCALS {
        if at % (LOCALS / LOOPS) == 1 {
            body.push_str("(loop ");
        }
        let other = at * 7_919 % LOCALS + 1;
        write!(body, "(local.set {at} (i64.add (local.get {at}) (local.get {other})))")
            .expect("a String takes everything");
    }
    for at in 0..LOOPS {
        write!(body, "(br_if 0 (i64.eqz (local.get {}))))", at * 37 + 1)
            .expect("a String takes everything");
    }
    plugin(&wat(&format!(
        "(component (core module (func (param i64) (result i64) {body} (local.get 5))))"
    )))
}

fn misfit(name: &'static str, file: &[u8], says: &'static str) -> Misfit {
    Misfit { name, file: file.to_vec(), says }
}

fn plugin(component: &[u8]) -> Vec<u8> {
    with_raw_manifests(component, &[manifest_json("misfit", false).to_string().as_bytes()])
}

/// Well-formed text of what isn't valid here: name, component, and what is said.
fn uncompilable() -> Vec<(&'static str, String, &'static str)> {
    let failed = "can't be compiled";
    let module = |text: &str| format!("(component (core module {text}))");
    let instances = |count| {
        let module = "(core module $m (memory 1))".to_owned();
        format!("(component {})", module + &"(core instance (instantiate $m))".repeat(count))
    };
    vec![
        ("threads", module("(memory 1 2 shared)"), failed),
        ("a memory of 64 bits", module("(memory i64 1)"), failed),
        ("garbage collection", module("(type (struct (field i32)))"), failed),
        ("exceptions", module("(tag)"), failed),
        ("typed references", module("(type $f (func)) (func (param (ref $f)))"), failed),
        (
            "relaxed vectors",
            module(
                "(func (param v128 v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))",
            ),
            failed,
        ),
        ("streams", "(component (type (stream u8)))".to_owned(), failed),
        ("futures", "(component (type (future u8)))".to_owned(), failed),
        ("a function of the wrong type", module("(func (result i32) (i64.const 1))"), failed),
        ("a call into the void", module("(func (call 7))"), failed),
        ("64 instances with a memory each", instances(64), failed),
        ("20,000 instances", instances(20_000), failed),
        (
            "a memory that is too large",
            "(component (core module $m (memory 2000)) (core instance (instantiate $m)))"
                .to_owned(),
            failed,
        ),
        (
            "a table that is too large",
            "(component (core module $m (table 30000 funcref)) (core instance (instantiate $m)))"
                .to_owned(),
            failed,
        ),
    ]
}

/// A component in a component in a component.
fn nested(depth: usize) -> Vec<u8> {
    const COMPONENT: u8 = 4;
    (0..depth)
        .fold(wat("(component)"), |inside, _| assemble([Section { id: COMPONENT, data: &inside }]))
}

/// The file as a version of the format that doesn't exist yet.
fn other_version(hello: &[u8]) -> Vec<u8> {
    let mut file = hello.to_vec();
    file[4] = 0x7d;
    file
}

fn too_large(hello: &[u8]) -> Vec<u8> {
    let padding = vec![0; FILE_BYTES_MAX - hello.len() + 64];
    let mut file = hello.to_vec();
    wasm_encoder::ComponentSection::append_to_component(
        &wasm_encoder::CustomSection { name: "padding".into(), data: padding.into() },
        &mut file,
    );
    file
}
