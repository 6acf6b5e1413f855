use serde_json::json;

use super::{Misfit, wat};
use crate::component::{with_manifest, with_raw_manifests};
use crate::guests::{honest, manifest_json};

/// Components that import or export what doesn't fit.
pub(super) fn misfits(hello: &[u8]) -> Vec<Misfit> {
    let imports = IMPORTS.iter().map(|(name, import, says)| {
        let component = wat(&format!("(component (import \"{import}\" (instance)))"));
        Misfit { name, file: plain(&component), says }
    });
    let exports = EXPORTS.iter().map(|(name, component, has_route, says)| {
        let manifest = manifest_json("misfit", *has_route).to_string();
        Misfit { name, file: with_raw_manifests(&wat(component), &[manifest.as_bytes()]), says }
    });
    imports.chain(exports).chain([other_route(hello), wrong_function()]).collect()
}

/// Name, import, and what is said.
const IMPORTS: &[(&str, &str, &str)] = &[
    (
        "an import it doesn't declare",
        "galleria:customers/customers@0.1.0",
        "asks for no permission",
    ),
    (
        "an import of a newer contract",
        "galleria:customers/customers@0.2.0",
        "a version of the contract",
    ),
    (
        "an import of the far future",
        "galleria:customers/customers@9.0.0",
        "a version of the contract",
    ),
    (
        "an import of a draft",
        "galleria:customers/customers@0.1.0-rc.1",
        "a version of the contract",
    ),
    ("an import without a version", "galleria:customers/customers", "doesn't know"),
    ("an unknown interface", "galleria:payments/refunds@0.1.0", "doesn't know"),
    ("an unknown interface of a known package", "galleria:customers/secrets@0.1.0", "doesn't know"),
    ("somebody else's interface", "acme:shop/till@1.0.0", "doesn't know"),
    ("a plain name", "till", "doesn't know"),
    ("an interface that plugins offer", "galleria:plugin/http@0.1.0", "doesn't know"),
    ("outgoing HTTP", "wasi:http/outgoing-handler@0.2.0", "doesn't offer"),
    ("WASI of the next generation", "wasi:cli/environment@0.3.0", "doesn't offer"),
    ("an unknown part of WASI", "wasi:nn/graph@0.2.0", "wasi:nn/graph"),
];

/// Name, component, whether its manifest has a route, and what is said.
const EXPORTS: &[(&str, &str, bool, &str)] = &[
    (
        "routes without anybody to answer",
        "(component)",
        true,
        "doesn't export galleria:plugin/http",
    ),
    (
        "an answer in a newer contract",
        r#"(component (instance $http) (export "galleria:plugin/http@0.2.0" (instance $http)))"#,
        true,
        "doesn't export galleria:plugin/http",
    ),
    (
        "an answer of the wrong kind",
        r#"(component (instance $http) (export "galleria:plugin/http@0.1.0" (instance $http)))"#,
        true,
        "doesn't fit",
    ),
    (
        "a life of the wrong kind",
        r#"(component (instance $life) (export "galleria:plugin/lifecycle@0.1.0" (instance $life)))"#,
        false,
        "doesn't fit",
    ),
];

/// The manifest of a component without routes.
fn plain(component: &[u8]) -> Vec<u8> {
    with_raw_manifests(component, &[manifest_json("misfit", false).to_string().as_bytes()])
}

/// What is fine as a file may still have a route whose permission isn't its own.
fn other_route(hello: &[u8]) -> Misfit {
    let mut manifest = manifest_json("misfit", true);
    manifest["routes"][0]["permission"] = json!("customers:read");
    let file = with_raw_manifests(hello, &[manifest.to_string().as_bytes()]);
    Misfit { name: "a permission for visitors", file, says: "only routes for staff" }
}

/// The clock as it isn't.
fn wrong_function() -> Misfit {
    let component = wat(r#"(component (import "galleria:clock/wall-time@0.1.0"
            (instance (export "now" (func (result string))))))"#);
    let honest = honest("misfit");
    let mut manifest = crate::component::manifest(&honest);
    manifest.routes.clear();
    let file = with_manifest(&component, &manifest);
    Misfit { name: "a function of another type", file, says: "doesn't fit" }
}
