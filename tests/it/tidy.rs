//! Rules of the tree that the compiler doesn't know.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a file that ships; suites may be half as long again.
const LINES_MAX: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a folder with one of these endings.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            found.push(path);
        }
    }
    found
}

#[test]
fn frameworks_stay_in_their_layer() {
    let rules = [
        ("sqlx", &["storage"][..]),
        ("axum", &["http", "galleria"]),
        ("hyper", &["http", "galleria"]),
        ("wasmtime", &["runtime"]),
    ];
    for layer in ["app", "domain", "galleria", "http", "runtime", "storage"] {
        let folder = root().join("host").join(layer);
        for file in files(&folder, &[".rs", "Cargo.toml"]) {
            let text = fs::read_to_string(&file).unwrap();
            for (framework, homes) in rules {
                let uses = [format!("use {framework}"), format!("\n{framework}.workspace")];
                let named = uses.iter().any(|uses| text.contains(uses.as_str()));
                let file = file.display();
                assert!(
                    homes.contains(&layer) || !named,
                    "{file}: only {homes:?} may use {framework}"
                );
            }
        }
    }
}

#[test]
fn arrows_point_one_way() {
    let below = [
        ("domain", &[][..]),
        ("storage", &["domain"]),
        ("app", &["domain", "storage"]),
        ("runtime", &["app", "domain"]),
        ("http", &["app", "domain", "runtime"]),
    ];
    for (layer, below) in below {
        let manifest =
            fs::read_to_string(root().join("host").join(layer).join("Cargo.toml")).unwrap();
        let manifest = manifest.split("[dev-dependencies]").next().unwrap();
        for other in ["app", "domain", "galleria", "http", "runtime", "storage"] {
            let names = manifest.contains(&format!("\ngalleria-{other}.workspace"));
            assert!(!names || below.contains(&other), "{layer} may not know {other}");
        }
    }
}

#[test]
fn migrations_come_in_pairs() {
    let names = |database: &str| -> BTreeSet<_> {
        let folder = root().join("host/storage/migrations").join(database);
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn no_file_grows_for_ever() {
    let shipped = ["host", "sdk", "plugins", "examples"].map(|folder| (folder, LINES_MAX));
    for (folder, lines_max) in shipped.into_iter().chain([("tests", LINES_MAX * 3 / 2)]) {
        for file in files(&root().join(folder), &[".rs"]) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= lines_max, "{} has {lines} lines", file.display());
        }
    }
}

#[test]
fn no_file_names_a_machine() {
    let folders = ["host", "sdk", "plugins", "examples", "tests", "wit", ".ci"];
    let paths = ["/home/", "/root/"].map(|path| [path, "u"].concat());
    for file in
        folders.iter().flat_map(|folder| files(&root().join(folder), &[".rs", ".toml", ".wit"]))
    {
        let text = fs::read_to_string(&file).unwrap();
        let named = paths.iter().find(|path| text.contains(path.as_str()));
        assert!(named.is_none(), "{}: {named:?}", file.display());
    }
}

#[test]
fn every_plugin_is_called_like_its_folder() {
    for entry in fs::read_dir(root().join("plugins")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("galleria.toml")).unwrap();
        let manifest = galleria_manifest::Manifest::from_toml(&manifest).unwrap();
        assert_eq!(folder.file_name().unwrap().to_string_lossy(), manifest.id);
    }
}
