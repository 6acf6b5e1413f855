use galleria_manifest::{Entity, FieldKind, Index};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, LitStr};

use crate::manifest;

/// Implements `galleria_sdk::Entity`, and gives the struct a `by_…` for each index of the manifest.
pub(crate) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let name = name(input)?;
    let text = name.value();
    let manifest = manifest::load(name.span())?;
    let Some(entity) = manifest.entities.get(&text) else {
        let message = format!("galleria.toml has no entity `{text}`");
        return Err(syn::Error::new(name.span(), message));
    };
    check_fields(input, &text, entity)?;
    let ident = &input.ident;
    let visibility = &input.vis;
    let finders = entity.indexes.iter().map(|(index, Index { fields, .. })| {
        let function = format_ident!("by_{index}");
        let kinds = kinds(entity, fields);
        let doc = format!("Looks up by the index `{index}`: {}.", fields.join(", "));
        quote! {
            #[doc = #doc]
            #[allow(dead_code)]
            #visibility fn #function() -> ::galleria_sdk::entities::Lookup<Self, #kinds> {
                ::galleria_sdk::entities::Lookup::through(#index)
            }
        }
    });
    Ok(quote! {
        impl ::galleria_sdk::entities::Entity for #ident {
            const NAME: &'static str = #text;
        }
        impl #ident { #(#finders)* }
    })
}

/// The name in `#[entity("role")]`.
fn name(input: &DeriveInput) -> syn::Result<LitStr> {
    let attribute = input.attrs.iter().find(|attribute| attribute.path().is_ident("entity"));
    let Some(attribute) = attribute else {
        let message = "say which entity of galleria.toml it is: #[entity(\"role\")]";
        return Err(syn::Error::new(input.ident.span(), message));
    };
    attribute.parse_args()
}

/// The kinds of an index's fields as a list of types: `(Text, (Number, ()))`.
fn kinds(entity: &Entity, fields: &[String]) -> TokenStream {
    fields.iter().rev().fold(quote!(()), |rest, field| {
        let kind = match entity.fields[field].kind {
            FieldKind::Number => quote!(Number),
            FieldKind::Flag => quote!(Flag),
            // The manifest's check has refused indexes on JSON.
            FieldKind::Text | FieldKind::Json => quote!(Text),
        };
        quote!((::galleria_sdk::entities::#kind, #rest))
    })
}

/// Every field of the struct is one of the entity, and every field that a row must have is one of
/// the struct. A field that serde renames or flattens is taken on trust.
fn check_fields(input: &DeriveInput, name: &str, entity: &Entity) -> syn::Result<()> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new(input.ident.span(), "an entity is a struct"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(syn::Error::new(input.ident.span(), "an entity has named fields"));
    };
    let of_serde = |attrs: &[syn::Attribute]| attrs.iter().any(|one| one.path().is_ident("serde"));
    let trusted = of_serde(&input.attrs) || fields.named.iter().any(|field| of_serde(&field.attrs));
    let mut seen = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let text = ident.to_string();
        let text = text.trim_start_matches("r#").to_owned();
        if !entity.fields.contains_key(&text) && !of_serde(&field.attrs) && !of_serde(&input.attrs)
        {
            let message = format!("galleria.toml has no field `{text}` in the entity `{name}`");
            return Err(syn::Error::new(ident.span(), message));
        }
        seen.push(text);
    }
    let missing =
        entity.fields.iter().find(|(field, kind)| !kind.optional && !seen.contains(field));
    match missing {
        Some((field, _)) if !trusted => {
            let message = format!("the field `{field}` of the entity `{name}` is missing");
            Err(syn::Error::new(input.ident.span(), message))
        }
        _ => Ok(()),
    }
}
