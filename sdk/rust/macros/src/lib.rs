//! The macros of `galleria-sdk`, which re-exports and documents them.

mod entity;
mod manifest;
mod plugin;

use proc_macro::TokenStream;

/// Makes a crate a plugin; see `galleria_sdk::plugin`.
#[proc_macro]
pub fn plugin(input: TokenStream) -> TokenStream {
    finish(syn::parse(input).and_then(|plugin| plugin::expand(&plugin)))
}

/// Makes a struct an entity; see `galleria_sdk::entities::Entity`.
#[proc_macro_derive(Entity, attributes(entity))]
pub fn entity(input: TokenStream) -> TokenStream {
    finish(syn::parse(input).and_then(|input| entity::expand(&input)))
}

fn finish(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
