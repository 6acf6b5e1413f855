//! Events, hooks and jobs: what a plugin exports besides routes.

use std::collections::BTreeSet;

use galleria_manifest::{HookName, Manifest};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Path, Token};

/// What is exported besides routes.
#[derive(Default)]
pub(super) struct Offers {
    pub(super) events: Option<Vec<Named>>,
    pub(super) hooks: Option<Vec<Named>>,
    pub(super) jobs: Option<Vec<Named>>,
}

/// `"order.placed" => on_placed`, `before_place => book`
pub(super) struct Named {
    name: String,
    span: Span,
    function: Path,
}

/// Kinds of events as text.
pub(super) fn parse_events(body: ParseStream<'_>) -> syn::Result<Vec<Named>> {
    parse(body, |body| {
        let kind: LitStr = body.parse()?;
        Ok((kind.value(), kind.span()))
    })
}

/// Hooks as words, with underscores for hyphens.
pub(super) fn parse_hooks(body: ParseStream<'_>) -> syn::Result<Vec<Named>> {
    parse(body, word)
}

/// Jobs as words, with underscores for hyphens, or as text.
pub(super) fn parse_jobs(body: ParseStream<'_>) -> syn::Result<Vec<Named>> {
    parse(body, |body| {
        if body.peek(LitStr) {
            let name: LitStr = body.parse()?;
            return Ok((name.value(), name.span()));
        }
        word(body)
    })
}

fn word(body: ParseStream<'_>) -> syn::Result<(String, Span)> {
    let word = body.call(Ident::parse_any)?;
    Ok((word.to_string().replace('_', "-"), word.span()))
}

fn parse(
    body: ParseStream<'_>,
    name: impl Fn(ParseStream<'_>) -> syn::Result<(String, Span)>,
) -> syn::Result<Vec<Named>> {
    let mut all = Vec::new();
    while !body.is_empty() {
        let (name, span) = name(body)?;
        body.parse::<Token![=>]>()?;
        all.push(Named { name, span, function: body.parse()? });
        if !body.is_empty() {
            body.parse::<Token![,]>()?;
        }
    }
    Ok(all)
}

impl Offers {
    /// What is in code is in the manifest, and the other way round.
    pub(super) fn check(&self, manifest: &Manifest) -> Vec<syn::Error> {
        let events = manifest.events.iter().map(String::as_str).collect();
        let hooks = manifest.hooks.entries().map(|hook| hook.name.as_str()).collect();
        let jobs = manifest.jobs.keys().map(String::as_str).collect();
        let mut errors = compare("event", self.events.as_deref(), &events);
        errors.extend(compare("hook", self.hooks.as_deref(), &hooks));
        errors.extend(compare("job", self.jobs.as_deref(), &jobs));
        errors
    }

    pub(super) fn expand(&self) -> TokenStream {
        let events = self.events.as_deref().map(events);
        let jobs = self.jobs.as_deref().map(jobs);
        let hooks = self.hooks.iter().flatten().filter_map(|hook| {
            let name = HookName::ALL.iter().find(|name| name.as_str() == hook.name)?;
            Some(self::hook(*name, &hook.function))
        });
        quote!(#events #(#hooks)* #jobs)
    }
}

fn compare(what: &str, code: Option<&[Named]>, declared: &BTreeSet<&str>) -> Vec<syn::Error> {
    let mut errors = Vec::new();
    let mut answered = BTreeSet::new();
    for Named { name, span, .. } in code.unwrap_or_default() {
        if !declared.contains(name.as_str()) {
            let message = format!("{name} is not among the {what}s of galleria.toml");
            errors.push(syn::Error::new(*span, message));
        }
        if !answered.insert(name.as_str()) {
            errors.push(syn::Error::new(*span, format!("{name} is there twice")));
        }
    }
    for name in declared.difference(&answered) {
        let message = format!("galleria.toml has the {what} {name}, which has no function");
        errors.push(syn::Error::new(Span::call_site(), message));
    }
    errors
}

fn events(events: &[Named]) -> TokenStream {
    let kinds = events.iter().map(|event| &event.name);
    let functions = events.iter().map(|event| &event.function);
    let event = quote!(::galleria_sdk::events::Event);
    let answer = quote!(::core::result::Result<(), ::galleria_sdk::events::Unhandled>);
    quote! {
        const _: () = {
            fn handle(event: #event) -> #answer {
                match event.kind.as_str() {
                    #(#kinds => ::galleria_sdk::events::told(#functions(event)),)*
                    _ => ::galleria_sdk::events::unknown(&event),
                }
            }
            const _: fn(#event) -> #answer = handle;
            #[cfg(target_arch = "wasm32")]
            const _: () = {
                struct Exports;
                impl ::galleria_sdk::__private::events::exports::galleria::plugin::events::Guest
                    for Exports
                {
                    fn handle(event: #event) -> #answer { handle(event) }
                }
                ::galleria_sdk::__private::events::export_events!(
                    Exports with_types_in ::galleria_sdk::__private::events
                );
            };
        };
    }
}

fn jobs(jobs: &[Named]) -> TokenStream {
    let names = jobs.iter().map(|job| &job.name);
    let functions = jobs.iter().map(|job| &job.function);
    let text = quote!(::galleria_sdk::__private::Text);
    let arguments = quote!(name: #text, input: #text, cursor: ::core::option::Option<#text>);
    let answer = quote!(::core::result::Result<::galleria_sdk::jobs::Outcome, #text>);
    quote! {
        const _: () = {
            fn run(#arguments) -> #answer {
                let slice = ::galleria_sdk::jobs::Slice::new(name, input, cursor);
                match slice.name() {
                    #(#names => ::galleria_sdk::__private::answered(#functions(slice)),)*
                    _ => ::core::result::Result::Err(
                        ::galleria_sdk::__private::Text::from("there is no such job")
                    ),
                }
            }
            const _: fn(#text, #text, ::core::option::Option<#text>) -> #answer = run;
            #[cfg(target_arch = "wasm32")]
            const _: () = {
                struct Exports;
                impl ::galleria_sdk::__private::jobs::exports::galleria::plugin::job_slices::Guest
                    for Exports
                {
                    fn run(#arguments) -> #answer { run(name, input, cursor) }
                }
                ::galleria_sdk::__private::jobs::export_jobs!(
                    Exports with_types_in ::galleria_sdk::__private::jobs
                );
            };
        };
    }
}

fn hook(name: HookName, function: &Path) -> TokenStream {
    let hooks = quote!(::galleria_sdk::hooks);
    let text = quote!(::galleria_sdk::__private::Text);
    // The interface's module, its function, that one's parameters, what it answers, and how the
    // plugin's own function is handed them.
    let (module, question, parameters, value, call) = match name {
        HookName::Traits => (
            quote!(hooks_traits),
            quote!(traits),
            quote!(customer: #text),
            quote!(#hooks::Traits),
            quote!(#function(customer.as_str())),
        ),
        HookName::Adjust => (
            quote!(hooks_adjust),
            quote!(adjust),
            quote!(cart: #hooks::Cart, stage: #hooks::Stage),
            quote!(::std::vec::Vec<#hooks::Adjustment>),
            quote!(#function(&cart, stage)),
        ),
        HookName::ValidateCart => (
            quote!(hooks_validate_cart),
            quote!(validate),
            quote!(cart: #hooks::Cart),
            quote!(::std::vec::Vec<#hooks::CartProblem>),
            quote!(#function(&cart)),
        ),
        HookName::BeforePlace => (
            quote!(hooks_before_place),
            quote!(before_place),
            quote!(order: #hooks::Order),
            quote!(#hooks::Decision),
            quote!(#function(&order)),
        ),
        HookName::LoginGate => (
            quote!(hooks_login_gate),
            quote!(may_log_in),
            quote!(login: #hooks::Login),
            quote!(#hooks::Decision),
            quote!(#function(&login)),
        ),
        HookName::ImpersonationGate => (
            quote!(hooks_impersonation_gate),
            quote!(may_impersonate),
            quote!(impersonation: #hooks::Impersonation),
            quote!(#hooks::Decision),
            quote!(#function(&impersonation)),
        ),
    };
    let export = quote::format_ident!("export_{}", module.to_string());
    let answer = quote!(::core::result::Result<#value, #text>);
    quote! {
        const _: () = {
            // On other targets nobody calls it; the types of the plugin's function are checked.
            #[allow(dead_code)]
            fn answer(#parameters) -> #answer {
                ::galleria_sdk::__private::answered(#call)
            }
            #[cfg(target_arch = "wasm32")]
            const _: () = {
                struct Exports;
                impl ::galleria_sdk::__private::#module::exports::galleria::plugin::#module::Guest
                    for Exports
                {
                    fn #question(#parameters) -> #answer {
                        ::galleria_sdk::__private::answered(#call)
                    }
                }
                ::galleria_sdk::__private::#module::#export!(
                    Exports with_types_in ::galleria_sdk::__private::#module
                );
            };
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::Plugin;

    const MANIFEST: &str = r#"
        manifest = 1
        id = "points"
        version = "0.1.0"
        host = "^0.1"
        texts.en.title = "Points"
        events = ["order.paid", "order.refunded"]
        [permissions]
        "events:receive".reason.en = "Earns."
        "hooks:adjust".reason.en = "Redeems."
        "hooks:before-place".reason.en = "Books."
        "jobs:run".reason.en = "Expires."
        [hooks.adjust]
        stages = ["tender"]
        on-failure = "open"
        [hooks.before-place]
        on-failure = "closed"
        [jobs.expire-lots]
        title.en = "Expire"
    "#;

    fn errors(code: &str) -> Vec<String> {
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        match syn::parse_str::<Plugin>(code) {
            Ok(plugin) => plugin.offers.check(&manifest).iter().map(ToString::to_string).collect(),
            Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
        }
    }

    const EVENTS: &str = r#"events { "order.paid" => earn, "order.refunded" => earn::back }"#;
    const HOOKS: &str = "hooks { adjust => redeem, before_place => book }";
    const JOBS: &str = "jobs { expire_lots => expire }";

    #[test]
    fn what_is_in_code_and_in_the_manifest_is_the_same() {
        assert_eq!(errors(&format!("{EVENTS} {HOOKS} {JOBS}")), [""; 0]);
        let named = r#"jobs { "expire-lots" => expire }"#;
        assert_eq!(errors(&format!("{EVENTS} {HOOKS} {named}")), [""; 0]);
    }

    #[test]
    fn what_is_missing_unknown_or_there_twice_is_named() {
        assert_eq!(
            errors(&format!(r#"events {{ "order.paid" => a, "order.paid" => b }} {HOOKS} {JOBS}"#)),
            [
                "order.paid is there twice",
                "galleria.toml has the event order.refunded, which has no function"
            ]
        );
        assert_eq!(
            errors(&format!("{EVENTS} hooks {{ adjust => a, login_gate => b }}")),
            [
                "login-gate is not among the hooks of galleria.toml",
                "galleria.toml has the hook before-place, which has no function",
                "galleria.toml has the job expire-lots, which has no function",
            ]
        );
    }

    #[test]
    fn each_part_is_there_once() {
        assert_eq!(errors("hooks { } hooks { }"), ["`hooks` is there twice"]);
    }

    #[test]
    fn what_is_made_of_it_is_code() {
        let all = format!("{EVENTS} {HOOKS} {JOBS}");
        let plugin: Plugin = syn::parse_str(&all).unwrap();
        let file = syn::parse2::<syn::File>(plugin.offers.expand()).unwrap();
        // Events, two hooks and jobs.
        assert_eq!(file.items.len(), 4);
    }
}
