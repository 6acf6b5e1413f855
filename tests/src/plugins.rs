//! The components that the suites run, built once for each test process.

use std::path::Path;
use std::sync::LazyLock;

use crate::component::renamed;

/// The component files.
#[derive(Debug)]
pub struct Components {
    /// The smallest plugin: a greeting for everybody.
    pub hello: Vec<u8>,
    /// Roles of customers: the neighbour that has something to lose.
    pub customer_roles: Vec<u8>,
    /// Points that customers earn and pay with.
    pub reward_points: Vec<u8>,
    /// The one that misbehaves.
    pub rogue: Vec<u8>,
    /// The one that takes part in everything, well or badly.
    pub hooking: Vec<u8>,
}

/// The components, as their authors would build them.
pub fn components() -> &'static Components {
    static BUILT: LazyLock<Components> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folders = [
            "examples/hello",
            "plugins/customer-roles",
            "plugins/reward-points",
            "tests/rogue",
            "tests/hooking",
        ];
        let folders = folders.map(|folder| root.join(folder));
        let built = galleria_build::build_all(&folders, None).expect("the plugins build");
        let mut files = built.iter().map(|one| std::fs::read(&one.path).expect("it was built"));
        let mut next = || files.next().expect("there are as many files as folders");
        let (hello, customer_roles, reward_points, rogue) = (next(), next(), next(), next());
        Components { hello, customer_roles, reward_points, rogue, hooking: next() }
    });
    &BUILT
}

/// The greeting as version 0.2.0 gives it: the code differs in one text of its data.
pub fn next_hello() -> Vec<u8> {
    let mut file = renamed(&components().hello, "hello", "0.2.0");
    let greeting = b"Hello, ";
    let places: Vec<usize> =
        (0..file.len() - greeting.len()).filter(|at| file[*at..].starts_with(greeting)).collect();
    assert!(!places.is_empty(), "the greeting stands in the component's data");
    for at in places {
        file[at..at + greeting.len()].copy_from_slice(b"Howdy, ");
    }
    file
}
