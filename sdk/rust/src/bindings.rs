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
                import galleria:shared/trade@0.1.0;
            }
        ",
        path: [
            "wit/shared", "wit/audit", "wit/carts", "wit/catalog", "wit/clock", "wit/customers",
            "wit/facets", "wit/impersonation", "wit/jobs", "wit/log", "wit/mail", "wit/orders",
            "wit/settings", "wit/storage",
        ],
        world: "galleria:sdk-imports/imports",
        runtime_path: "::galleria_sdk::__private::rt",
        generate_unused_types: true,
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

/// The world of a plugin that is told of events.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated from `wit/`, which says what it means"
)]
pub mod events {
    wit_bindgen::generate!({
        inline: r"
            package galleria:sdk-events;
            world events { export galleria:plugin/events@0.1.0; }
        ",
        path: ["wit/shared", "wit/plugin"],
        world: "galleria:sdk-events/events",
        runtime_path: "::galleria_sdk::__private::rt",
        default_bindings_module: "::galleria_sdk::__private::events",
        export_macro_name: "export_events",
        pub_export_macro: true,
        with: {
            "galleria:shared/values@0.1.0": crate::bindings::imports::galleria::shared::values,
            "galleria:shared/identity@0.1.0": crate::bindings::http::galleria::shared::identity,
            "galleria:plugin/events@0.1.0": generate,
        },
    });
}

/// The world of a plugin that does jobs.
#[allow(
    missing_docs,
    clippy::all,
    clippy::pedantic,
    reason = "generated from `wit/`, which says what it means"
)]
pub mod jobs {
    wit_bindgen::generate!({
        inline: r"
            package galleria:sdk-jobs;
            world jobs { export galleria:plugin/job-slices@0.1.0; }
        ",
        path: ["wit/shared", "wit/plugin"],
        world: "galleria:sdk-jobs/jobs",
        runtime_path: "::galleria_sdk::__private::rt",
        default_bindings_module: "::galleria_sdk::__private::jobs",
        export_macro_name: "export_jobs",
        pub_export_macro: true,
        with: {
            "galleria:shared/values@0.1.0": crate::bindings::imports::galleria::shared::values,
            "galleria:plugin/job-slices@0.1.0": generate,
        },
    });
}

/// The world of a plugin that answers a hook.
macro_rules! hook_worlds {
    ($($(#[$doc:meta])* $module:ident = $package:tt exports $interface:tt as $export:tt in $home:tt,
        $world:tt;)+) => {$(
        $(#[$doc])*
        #[allow(
            missing_docs,
            clippy::all,
            clippy::pedantic,
            reason = "generated from `wit/`, which says what it means"
        )]
        pub mod $module {
            wit_bindgen::generate!({
                inline: $package,
                path: ["wit/shared", "wit/plugin"],
                world: $world,
                runtime_path: "::galleria_sdk::__private::rt",
                default_bindings_module: $home,
                export_macro_name: $export,
                pub_export_macro: true,
                with: {
                    "galleria:shared/values@0.1.0":
                        crate::bindings::imports::galleria::shared::values,
                    "galleria:shared/trade@0.1.0":
                        crate::bindings::imports::galleria::shared::trade,
                    $interface: generate,
                },
            });
        }
    )+};
}

hook_worlds! {
    /// The world of a plugin that decides on traits of customers.
    hooks_traits = "
        package galleria:sdk-hooks-traits;
        world hooks-traits { export galleria:plugin/hooks-traits@0.1.0; }
    " exports "galleria:plugin/hooks-traits@0.1.0" as "export_hooks_traits"
        in "::galleria_sdk::__private::hooks_traits", "galleria:sdk-hooks-traits/hooks-traits";

    /// The world of a plugin that changes what carts cost.
    hooks_adjust = "
        package galleria:sdk-hooks-adjust;
        world hooks-adjust { export galleria:plugin/hooks-adjust@0.1.0; }
    " exports "galleria:plugin/hooks-adjust@0.1.0" as "export_hooks_adjust"
        in "::galleria_sdk::__private::hooks_adjust", "galleria:sdk-hooks-adjust/hooks-adjust";

    /// The world of a plugin that refuses carts.
    hooks_validate_cart = "
        package galleria:sdk-hooks-validate-cart;
        world hooks-validate-cart { export galleria:plugin/hooks-validate-cart@0.1.0; }
    " exports "galleria:plugin/hooks-validate-cart@0.1.0" as "export_hooks_validate_cart"
        in "::galleria_sdk::__private::hooks_validate_cart", "galleria:sdk-hooks-validate-cart/hooks-validate-cart";

    /// The world of a plugin that takes part in placing orders.
    hooks_before_place = "
        package galleria:sdk-hooks-before-place;
        world hooks-before-place { export galleria:plugin/hooks-before-place@0.1.0; }
    " exports "galleria:plugin/hooks-before-place@0.1.0" as "export_hooks_before_place"
        in "::galleria_sdk::__private::hooks_before_place", "galleria:sdk-hooks-before-place/hooks-before-place";

    /// The world of a plugin that refuses logins.
    hooks_login_gate = "
        package galleria:sdk-hooks-login-gate;
        world hooks-login-gate { export galleria:plugin/hooks-login-gate@0.1.0; }
    " exports "galleria:plugin/hooks-login-gate@0.1.0" as "export_hooks_login_gate"
        in "::galleria_sdk::__private::hooks_login_gate", "galleria:sdk-hooks-login-gate/hooks-login-gate";

    /// The world of a plugin that refuses impersonations.
    hooks_impersonation_gate = "
        package galleria:sdk-hooks-impersonation-gate;
        world hooks-impersonation-gate { export galleria:plugin/hooks-impersonation-gate@0.1.0; }
    " exports "galleria:plugin/hooks-impersonation-gate@0.1.0" as "export_hooks_impersonation_gate"
        in "::galleria_sdk::__private::hooks_impersonation_gate", "galleria:sdk-hooks-impersonation-gate/hooks-impersonation-gate";
}
