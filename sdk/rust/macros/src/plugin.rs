mod offers;

use std::collections::BTreeSet;

use galleria_manifest::{Manifest, SECTION};
use proc_macro2::{Literal, Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitStr, Path, Token, braced};

use crate::manifest;

use offers::Offers;

/// `routes { … } events { … } hooks { … } jobs { … } lifecycle { … }`, each at most once, in any
/// order.
#[derive(Default)]
pub(crate) struct Plugin {
    routes: Option<Vec<Route>>,
    probe: Option<Path>,
    prepare: Option<Path>,
    has_lifecycle: bool,
    offers: Offers,
}

/// `get "/roles/{id}" => read`
struct Route {
    method: &'static str,
    path: LitStr,
    handler: Path,
}

impl Parse for Plugin {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut plugin = Self::default();
        while !input.is_empty() {
            let word: Ident = input.parse()?;
            let body;
            braced!(body in input);
            match word.to_string().as_str() {
                "routes" if plugin.routes.is_none() => {
                    let routes = body.parse_terminated(Route::parse, Token![,])?;
                    plugin.routes = Some(routes.into_iter().collect());
                }
                "lifecycle" if !plugin.has_lifecycle => plugin.parse_lifecycle(&body)?,
                "events" if plugin.offers.events.is_none() => {
                    plugin.offers.events = Some(offers::parse_events(&body)?);
                }
                "hooks" if plugin.offers.hooks.is_none() => {
                    plugin.offers.hooks = Some(offers::parse_hooks(&body)?);
                }
                "jobs" if plugin.offers.jobs.is_none() => {
                    plugin.offers.jobs = Some(offers::parse_jobs(&body)?);
                }
                "routes" | "events" | "hooks" | "jobs" | "lifecycle" => {
                    return Err(syn::Error::new(word.span(), format!("`{word}` is there twice")));
                }
                _ => {
                    let message = "expected `routes`, `events`, `hooks`, `jobs` or `lifecycle`";
                    return Err(syn::Error::new(word.span(), message));
                }
            }
        }
        Ok(plugin)
    }
}

impl Plugin {
    fn parse_lifecycle(&mut self, body: ParseStream<'_>) -> syn::Result<()> {
        self.has_lifecycle = true;
        while !body.is_empty() {
            let word: Ident = body.parse()?;
            body.parse::<Token![=>]>()?;
            let function: Path = body.parse()?;
            match word.to_string().as_str() {
                "probe" if self.probe.is_none() => self.probe = Some(function),
                "prepare" if self.prepare.is_none() => self.prepare = Some(function),
                _ => {
                    return Err(syn::Error::new(
                        word.span(),
                        "expected `probe` or `prepare`, once",
                    ));
                }
            }
            if !body.is_empty() {
                body.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }
}

impl Parse for Route {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word: Ident = input.parse()?;
        let method = match word.to_string().as_str() {
            "get" => "GET",
            "post" => "POST",
            "put" => "PUT",
            "patch" => "PATCH",
            "delete" => "DELETE",
            _ => {
                let message = "expected `get`, `post`, `put`, `patch` or `delete`";
                return Err(syn::Error::new(word.span(), message));
            }
        };
        let path = input.parse()?;
        input.parse::<Token![=>]>()?;
        Ok(Self { method, path, handler: input.parse()? })
    }
}

pub(crate) fn expand(plugin: &Plugin) -> syn::Result<TokenStream> {
    let manifest = manifest::load(Span::call_site())?;
    let mut errors = check_routes(plugin.routes.as_deref().unwrap_or_default(), &manifest);
    errors.extend(plugin.offers.check(&manifest));
    all(errors)?;
    let section = section(&manifest);
    let offers = plugin.offers.expand();
    let http = plugin.routes.as_deref().map(http);
    let lifecycle = plugin.has_lifecycle.then(|| lifecycle(plugin));
    Ok(quote! {
        const _: () = {
            #section
            #http
            #offers
            #lifecycle
        };
    })
}

/// The manifest in its section, and as a file that the crate depends on, so that a change of it
/// compiles the plugin again.
fn section(manifest: &Manifest) -> TokenStream {
    let json = manifest.to_canonical_json();
    let length = json.len();
    let bytes = Literal::byte_string(&json);
    quote! {
        const _: &str =
            ::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/galleria.toml"));
        #[cfg(target_arch = "wasm32")]
        #[used]
        #[unsafe(link_section = #SECTION)]
        static MANIFEST: [u8; #length] = *#bytes;
    }
}

/// Every route in code is in the manifest, and the other way round.
fn check_routes(routes: &[Route], manifest: &Manifest) -> Vec<syn::Error> {
    let declared: BTreeSet<(&str, &str)> =
        manifest.routes.iter().map(|route| (route.method.as_str(), route.path.as_str())).collect();
    let mut answered = BTreeSet::new();
    let mut errors: Vec<syn::Error> = Vec::new();
    for route in routes {
        let (method, path) = (route.method, route.path.value());
        if !declared.contains(&(method, path.as_str())) {
            let message = format!("{method} {path} is not among the routes of galleria.toml");
            errors.push(syn::Error::new(route.path.span(), message));
        }
        if !answered.insert((method, path.clone())) {
            let message = format!("{method} {path} is there twice");
            errors.push(syn::Error::new(route.path.span(), message));
        }
    }
    for (method, path) in declared {
        if !answered.contains(&(method, path.to_owned())) {
            let message =
                format!("galleria.toml has the route {method} {path}, which has no handler");
            errors.push(syn::Error::new(Span::call_site(), message));
        }
    }
    errors
}

/// All mistakes as one, if there are any.
fn all(errors: Vec<syn::Error>) -> syn::Result<()> {
    errors
        .into_iter()
        .reduce(|mut all, next| {
            all.combine(next);
            all
        })
        .map_or(Ok(()), Err)
}

fn http(routes: &[Route]) -> TokenStream {
    let methods = routes.iter().map(|route| route.method);
    let paths = routes.iter().map(|route| &route.path);
    let handlers = routes.iter().map(|route| &route.handler);
    let answer = quote! {
        ::core::result::Result<
            ::galleria_sdk::__private::WitResponse,
            ::galleria_sdk::__private::WitRefusal,
        >
    };
    quote! {
        fn handle(request: ::galleria_sdk::__private::WitRequest) -> #answer {
            let request = ::galleria_sdk::Request::from(request);
            ::galleria_sdk::__private::finish(match (request.method(), request.route()) {
                #((#methods, #paths) => ::galleria_sdk::__private::call(#handlers, &request),)*
                _ => ::core::result::Result::Err(::galleria_sdk::Problem::not_found("route")),
            })
        }
        // On other targets nobody calls it; so the compiler is told that it is in use.
        const _: fn(::galleria_sdk::__private::WitRequest) -> #answer = handle;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Exports;
            impl ::galleria_sdk::__private::http::exports::galleria::plugin::http::Guest
                for Exports
            {
                fn handle(request: ::galleria_sdk::__private::WitRequest) -> #answer {
                    handle(request)
                }
            }
            ::galleria_sdk::__private::http::export_http!(
                Exports with_types_in ::galleria_sdk::__private::http
            );
        };
    }
}

fn lifecycle(plugin: &Plugin) -> TokenStream {
    let probe = plugin.probe.as_ref().map_or_else(
        || quote!(::core::result::Result::Ok(())),
        |function| quote!(::galleria_sdk::__private::told(#function())),
    );
    let prepare = plugin.prepare.as_ref().map_or_else(
        || {
            quote!({
                let _ = previous;
                ::core::result::Result::Ok(())
            })
        },
        |function| quote!(::galleria_sdk::__private::told(#function(previous.as_deref()))),
    );
    let answer = quote!(::core::result::Result<(), ::galleria_sdk::__private::Text>);
    let previous = quote!(::core::option::Option<::galleria_sdk::__private::Text>);
    quote! {
        fn probe() -> #answer { #probe }
        fn prepare(previous: #previous) -> #answer { #prepare }
        const _: fn() -> #answer = probe;
        const _: fn(#previous) -> #answer = prepare;
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Exports;
            impl ::galleria_sdk::__private::lifecycle::exports::galleria::plugin::lifecycle::Guest
                for Exports
            {
                fn probe() -> #answer { probe() }
                fn prepare(previous: #previous) -> #answer { prepare(previous) }
            }
            ::galleria_sdk::__private::lifecycle::export_lifecycle!(
                Exports with_types_in ::galleria_sdk::__private::lifecycle
            );
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        manifest = 1
        id = "things"
        version = "0.1.0"
        host = "^0.1"
        texts.en.title = "Things"
        [[routes]]
        method = "GET"
        path = "/things"
        audience = "visitor"
        [[routes]]
        method = "POST"
        path = "/things"
        audience = "customer"
    "#;

    fn errors(code: &str) -> Vec<String> {
        let manifest = Manifest::from_toml(MANIFEST).unwrap();
        let plugin: syn::Result<Plugin> = syn::parse_str(code);
        let checked = plugin
            .and_then(|plugin| all(check_routes(&plugin.routes.unwrap_or_default(), &manifest)));
        match checked {
            Ok(()) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
        }
    }

    #[test]
    fn routes_in_code_and_in_the_manifest_are_the_same() {
        let both = r#"routes { get "/things" => list, post "/things" => things::create }"#;
        assert_eq!(errors(both), [""; 0]);
    }

    #[test]
    fn a_route_without_a_handler_is_named() {
        assert_eq!(
            errors(r#"routes { get "/things" => list }"#),
            ["galleria.toml has the route POST /things, which has no handler"]
        );
    }

    #[test]
    fn a_handler_without_a_route_is_named_and_so_is_one_that_is_there_twice() {
        let code = r#"routes {
            get "/things" => list, get "/things" => list,
            post "/things" => create, put "/things/{id}" => update,
        }"#;
        assert_eq!(
            errors(code),
            [
                "GET /things is there twice",
                "PUT /things/{id} is not among the routes of galleria.toml"
            ]
        );
    }

    #[test]
    fn words_that_mean_nothing_here_are_refused() {
        for (code, expected) in [
            ("route { }", "expected `routes`, `events`, `hooks`, `jobs` or `lifecycle`"),
            ("routes { } routes { }", "`routes` is there twice"),
            (r#"routes { trace "/things" => list }"#, "expected `get`, `post`"),
            ("lifecycle { start => f }", "expected `probe` or `prepare`"),
        ] {
            assert!(errors(code)[0].starts_with(expected), "{:?}", errors(code));
        }
    }
}
