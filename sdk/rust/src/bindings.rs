//! What `wit-bindgen` makes of `wit/`: one world of imports, of which a component keeps only what
//! it calls, and one world for each interface that a component can export.

/// Everything a plugin can call.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated from `wit/`, which says what it means"
)]
pub(crate) mod imports {
    wit_bindgen::generate!({
        inline: r"
            package galleria:sdk-imports;
            world imports {
                import galleria:audit/audit-log@0.1.0;
                import galleria:clock/wall-time@0.1.0;
                import galleria:customers/customers@0.1.0;
                import galleria:facets/facets@0.1.0;
                import galleria:log/logging@0.1.0;
                import galleria:settings/settings@0.1.0;
                import galleria:storage/entities@0.1.0;
            }
        ",
        path: [
            "wit/shared", "wit/audit", "wit/clock", "wit/customers", "wit/facets", "wit/log",
            "wit/settings", "wit/storage",
        ],
        world: "galleria:sdk-imports/imports",
        runtime_path: "::galleria_sdk::__private::rt",
        generate_all,
    });
}

/// The world of a plugin that answers HTTP requests.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated from `wit/`, which says what it means"
)]
pub mod http {
    wit_bindgen::generate!({
        inline: r"
            package galleria:sdk-http;
            world http { export galleria:plugin/http@0.1.0; }
        ",
        path: ["wit/shared", "wit/plugin"],
        world: "galleria:sdk-http/http",
        runtime_path: "::galleria_sdk::__private::rt",
        default_bindings_module: "::galleria_sdk::__private::http",
        export_macro_name: "export_http",
        pub_export_macro: true,
        with: {
            "galleria:shared/values@0.1.0": crate::bindings::imports::galleria::shared::values,
            "galleria:shared/faults@0.1.0": crate::bindings::imports::galleria::shared::faults,
            "galleria:shared/identity@0.1.0": generate,
            "galleria:plugin/http@0.1.0": generate,
        },
    });
}

/// The world of a plugin that is told of the turns in its life.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated from `wit/`, which says what it means"
)]
pub mod lifecycle {
    wit_bindgen::generate!({
        inline: r"
            package galleria:sdk-lifecycle;
            world lifecycle { export galleria:plugin/lifecycle@0.1.0; }
        ",
        path: ["wit/shared", "wit/plugin"],
        world: "galleria:sdk-lifecycle/lifecycle",
        runtime_path: "::galleria_sdk::__private::rt",
        default_bindings_module: "::galleria_sdk::__private::lifecycle",
        export_macro_name: "export_lifecycle",
        pub_export_macro: true,
        generate_all,
    });
}
