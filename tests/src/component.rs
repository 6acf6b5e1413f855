//! Component files, taken apart and put together again by hand.

use galleria_manifest::{Manifest, SECTION};
use wasm_encoder::{ComponentSection as _, CustomSection, RawSection};
use wasmparser::BinaryReader;

/// The bytes before the first section: `\0asm`, the version, and what kind of file it is.
const PREAMBLE: usize = 8;
/// What a component has there and a core module hasn't.
const COMPONENT: [u8; 4] = [0x0d, 0x00, 0x01, 0x00];
const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;
const COMPONENT_INSIDE: u8 = 4;

/// One section of a module or component.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// Which kind of section.
    pub id: u8,
    /// What is in it, without its length.
    pub data: &'a [u8],
}

/// The sections of a file, in their order; `None` if it isn't made of sections.
pub fn sections(file: &[u8]) -> Option<Vec<Section<'_>>> {
    let mut reader = BinaryReader::new(file.get(PREAMBLE..)?, 0);
    let mut sections = Vec::new();
    while !reader.eof() {
        let id = reader.read_u8().ok()?;
        let length = reader.read_var_u32().ok()?;
        sections.push(Section { id, data: reader.read_bytes(length as usize).ok()? });
    }
    Some(sections)
}

/// A component file of these sections.
pub fn assemble<'a>(sections: impl IntoIterator<Item = Section<'a>>) -> Vec<u8> {
    let mut file = b"\0asm".to_vec();
    file.extend(COMPONENT);
    for Section { id, data } in sections {
        RawSection { id, data }.append_to_component(&mut file);
    }
    file
}

/// The manifest of a component that has a good one.
pub fn manifest(component: &[u8]) -> Manifest {
    galleria_runtime::inspect(component).expect("the component is a plugin").manifest
}

/// The same component with another manifest.
pub fn with_manifest(component: &[u8], manifest: &Manifest) -> Vec<u8> {
    with_raw_manifests(component, &[&manifest.to_canonical_json()])
}

/// The same component as a plugin with another id and version.
pub fn renamed(component: &[u8], id: &str, version: &str) -> Vec<u8> {
    let mut manifest = manifest(component);
    id.clone_into(&mut manifest.id);
    manifest.version = version.parse().expect("tests write versions well");
    with_manifest(component, &manifest)
}

/// The same component with these sections for manifests, whatever is in them.
pub fn with_raw_manifests(component: &[u8], manifests: &[&[u8]]) -> Vec<u8> {
    let mut file = without_manifest(component);
    for manifest in manifests {
        CustomSection { name: SECTION.into(), data: (*manifest).into() }
            .append_to_component(&mut file);
    }
    file
}

/// The same component without any manifest. It may lie in a module inside.
fn without_manifest(file: &[u8]) -> Vec<u8> {
    let mut left = file[..PREAMBLE].to_vec();
    let is_component = file[4..PREAMBLE] == COMPONENT;
    for section in sections(file).expect("the file is whole") {
        let Section { id, data } = section;
        match id {
            CUSTOM if is_manifest(data) => {}
            CORE_MODULE | COMPONENT_INSIDE if is_component => {
                let inside = without_manifest(data);
                RawSection { id, data: &inside }.append_to_component(&mut left);
            }
            _ => RawSection { id, data }.append_to_component(&mut left),
        }
    }
    left
}

fn is_manifest(custom_section: &[u8]) -> bool {
    BinaryReader::new(custom_section, 0).read_string().is_ok_and(|name| name == SECTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_sum_of_its_sections() {
        let file = wat::parse_str(r#"(component (core module) (component) (@custom "a" "b"))"#)
            .expect("the text is well formed");
        assert_eq!(assemble(sections(&file).expect("it is whole")), file);
    }
}
