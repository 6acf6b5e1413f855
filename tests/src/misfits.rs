//! Files that must not be installed, each with the words that the refusal owes.

mod interfaces;
mod manifests;
mod shapes;

pub use shapes::compile_bomb;

/// A file that is no plugin, or none for this host.
#[derive(Clone, Debug)]
pub struct Misfit {
    /// What is wrong with it.
    pub name: &'static str,
    /// The file.
    pub file: Vec<u8>,
    /// What the refusal has to say, among other words.
    pub says: &'static str,
}

/// All of them; `hello` is a plugin in which nothing is wrong.
pub fn misfits(hello: &[u8]) -> Vec<Misfit> {
    let mut all = shapes::misfits(hello);
    all.extend(manifests::misfits(hello));
    all.extend(interfaces::misfits(hello));
    all
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is well formed")
}
