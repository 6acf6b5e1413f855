//! The contract of `wit/` as Rust types and traits, generated.

#![allow(clippy::pedantic, reason = "generated; the contract itself is documented")]
#![allow(unreachable_pub, unused_qualifications, reason = "generated")]

/// Everything a plugin may import.
pub(crate) mod imports {
    wasmtime::component::bindgen!({
        inline: "
            package galleria:host;
            world imports {
                import galleria:audit/audit-log@0.1.0;
                import galleria:carts/carts@0.1.0;
                import galleria:carts/checkout-links@0.1.0;
                import galleria:catalog/catalog@0.1.0;
                import galleria:clock/wall-time@0.1.0;
                import galleria:customers/customers@0.1.0;
                import galleria:facets/facets@0.1.0;
                import galleria:impersonation/impersonation@0.1.0;
                import galleria:jobs/jobs@0.1.0;
                import galleria:log/logging@0.1.0;
                import galleria:mail/mail@0.1.0;
                import galleria:orders/orders@0.1.0;
                import galleria:settings/settings@0.1.0;
                import galleria:storage/entities@0.1.0;
                import galleria:shared/identity@0.1.0;
                import galleria:shared/trade@0.1.0;
            }
        ",
        path: [
            "../../wit/shared",
            "../../wit/audit",
            "../../wit/carts",
            "../../wit/catalog",
            "../../wit/clock",
            "../../wit/customers",
            "../../wit/facets",
            "../../wit/impersonation",
            "../../wit/jobs",
            "../../wit/log",
            "../../wit/mail",
            "../../wit/orders",
            "../../wit/settings",
            "../../wit/storage",
        ],
        world: "galleria:host/imports",
        imports: { default: async | trappable },
        trappable_error_type: { "galleria:shared/faults.fault" => crate::fault::HostError },
    });
}

/// A component that answers HTTP.
pub(crate) mod http {
    wasmtime::component::bindgen!({
        inline: "package galleria:host; world http-plugin { export galleria:plugin/http@0.1.0; }",
        path: ["../../wit/shared", "../../wit/plugin"],
        world: "galleria:host/http-plugin",
        exports: { default: async },
        with: { "galleria:shared": crate::bindings::imports::galleria::shared },
    });
}

/// A component that takes events, answers hooks or does jobs: whichever of these it exports.
pub(crate) mod offers {
    wasmtime::component::bindgen!({
        inline: "
            package galleria:host;
            world offers {
                export galleria:plugin/events@0.1.0;
                export galleria:plugin/hooks-adjust@0.1.0;
                export galleria:plugin/hooks-before-place@0.1.0;
                export galleria:plugin/hooks-impersonation-gate@0.1.0;
                export galleria:plugin/hooks-login-gate@0.1.0;
                export galleria:plugin/hooks-traits@0.1.0;
                export galleria:plugin/hooks-validate-cart@0.1.0;
                export galleria:plugin/job-slices@0.1.0;
            }
        ",
        path: ["../../wit/shared", "../../wit/plugin"],
        world: "galleria:host/offers",
        exports: { default: async },
        with: { "galleria:shared": crate::bindings::imports::galleria::shared },
    });
}

/// A component that is told of the turns in its life.
pub(crate) mod lifecycle {
    wasmtime::component::bindgen!({
        inline: "package galleria:host; world lifecycle-plugin { export galleria:plugin/lifecycle@0.1.0; }",
        path: ["../../wit/shared", "../../wit/plugin"],
        world: "galleria:host/lifecycle-plugin",
        exports: { default: async },
    });
}
