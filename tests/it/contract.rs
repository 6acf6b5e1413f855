//! The contract with plugins: what is published never changes, it only grows.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What is published, one item a line: `galleria:log@0.1.0 logging: log: func(…);`.
const PUBLISHED: &str = include_str!("contract/published.txt");

#[test]
fn what_is_published_stays_as_it_is() {
    let now = contract();
    let published: BTreeSet<_> = PUBLISHED.lines().map(str::to_owned).collect();
    let changed: Vec<_> = published.difference(&now).collect();
    assert!(
        changed.is_empty(),
        "a published type or function has changed or gone; plugins that are out there would no \
         longer fit. Add a function, an interface or a new major version instead:\n{changed:#?}"
    );
    let added: Vec<_> = now.difference(&published).collect();
    assert!(
        added.is_empty(),
        "new in the contract; to publish it for ever, add to tests/it/contract/published.txt:\n{}",
        added.into_iter().cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn every_interface_has_a_name_of_its_own() {
    let mut seen = BTreeSet::new();
    let interfaces: BTreeSet<_> = contract()
        .iter()
        .map(|item| item.split(": ").next().unwrap_or_default().to_owned())
        .collect();
    for interface in &interfaces {
        let name = interface.split(' ').nth(1).unwrap_or_default().to_owned();
        assert!(seen.insert(name), "{interface}: another package has an interface of that name");
    }
    assert!(interfaces.len() >= 12, "{interfaces:?}");
}

#[test]
fn a_change_is_noticed() {
    let text = "package a:b@0.1.0; // c\n interface i { record r { x: u8, } f: func(x: r); }";
    assert_eq!(
        items(text),
        ["a:b@0.1.0 i: f: func(x: r);", "a:b@0.1.0 i: record r { x: u8, }"]
            .map(str::to_owned)
            .into()
    );
}

/// Every item of every interface in `wit/`.
fn contract() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let files =
        folders.filter(|path| path.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
    files.flat_map(|file| items(&fs::read_to_string(file.unwrap().path()).unwrap())).collect()
}

/// The items of a WIT file, each on one line, without comments.
fn items(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join(" ");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (package, mut rest) = words.split_once(';').unwrap();
    let package = package.trim_start_matches("package ").to_owned();
    let mut items = BTreeSet::new();
    while let Some((head, body)) = rest.split_once('{') {
        let interface = head.trim().trim_start_matches("interface ").to_owned();
        let end = closing(body);
        for item in split(&body[..end]) {
            items.insert(format!("{package} {interface}: {item}"));
        }
        rest = &body[end + 1..];
    }
    items
}

/// Where the brace closes that was open before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("a brace is not closed in {text}");
}

/// The items between the braces of an interface.
fn split(body: &str) -> Vec<String> {
    let (mut items, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        let is_use = body[from..].trim_start().starts_with("use ");
        let ends = match byte {
            b';' => depth == 0,
            b'}' => depth == 0 && !is_use,
            _ => false,
        };
        if ends {
            items.push(body[from..=at].trim().to_owned());
            from = at + 1;
        }
    }
    items
}
