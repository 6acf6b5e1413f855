//! The catalogue: what can be bought. A platform that has one of its own brings it as a
//! [`Catalog`]; else the shop's own tables are it.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use galleria_domain::{
    CursorValue, FieldCode, FieldError, InvalidCursor, Mistakes, Page, PageRequest, Permission,
    Product, QueryPrint, SEARCH_MAX_CHARS, Variant, VariantId,
};
use galleria_storage::{StorageError, products as stored};
use serde_json::json;

use crate::audit::{self, bad_cursor};
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most variants on a page.
pub const PAGE_MAX: u32 = 200;
/// The most variants that a product is made with.
pub const VARIANTS_MAX: usize = 1_000;

/// A variant as it is put into a cart, with the product that it is one of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Offer {
    /// What it is a variant of.
    pub product: Product,
    /// The variant itself.
    pub variant: Variant,
}

/// What a [`Catalog`] answers, sometime.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Where products come from.
///
/// Every call is part of a unit of work: what it reads through the unit is of one snapshot. One
/// that asks another system instead should answer quickly, since a unit that writes waits for it.
pub trait Catalog: Debug + Send + Sync + 'static {
    /// Those variants of the caller's store that are found by `q`, part of a name or SKU; all of
    /// them without it.
    fn search<'a>(
        &'a self,
        work: &'a mut Work,
        q: Option<&'a str>,
        page: &'a PageRequest,
    ) -> Answer<'a, Page<Offer>>;

    /// Those of the given variants (at most 200) that the caller's store has, in any order.
    fn get_many<'a>(&'a self, work: &'a mut Work, ids: &'a [VariantId]) -> Answer<'a, Vec<Offer>>;

    /// The variant of the caller's store with this SKU, to the letter.
    fn find_by_sku<'a>(&'a self, work: &'a mut Work, sku: &'a str) -> Answer<'a, Option<Offer>>;
}

/// The catalogue in the shop's own tables.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoredCatalog;

impl Catalog for StoredCatalog {
    fn search<'a>(
        &'a self,
        work: &'a mut Work,
        q: Option<&'a str>,
        page: &'a PageRequest,
    ) -> Answer<'a, Page<Offer>> {
        Box::pin(search(work, q, page))
    }

    fn get_many<'a>(&'a self, work: &'a mut Work, ids: &'a [VariantId]) -> Answer<'a, Vec<Offer>> {
        Box::pin(async move {
            let store = work.caller().store.clone();
            let found = stored::get_variants(work.unit(), &store, ids).await?;
            Ok(found.into_iter().map(offer).collect())
        })
    }

    fn find_by_sku<'a>(&'a self, work: &'a mut Work, sku: &'a str) -> Answer<'a, Option<Offer>> {
        Box::pin(async move {
            let store = work.caller().store.clone();
            Ok(stored::find_by_sku(work.unit(), &store, sku).await?.map(offer))
        })
    }
}

async fn search(work: &mut Work, q: Option<&str>, page: &PageRequest) -> Result<Page<Offer>> {
    check_q(q)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let store = work.caller().store.clone();
    let print = QueryPrint::of(["products", store.as_str(), q.unwrap_or_default()]);
    let after = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some([CursorValue::Number(seq)]) => Some(*seq),
        Some(_) => return Err(bad_cursor(InvalidCursor::Malformed)),
    };
    let found = stored::search(work.unit(), &store, q, after, limit + 1).await?;
    let page = Page::from_rows(found, limit, print, |row| vec![CursorValue::Number(row.seq)]);
    Ok(page.map(offer))
}

fn check_q(q: Option<&str>) -> Result<()> {
    let mistake = match q {
        Some(q) if q.chars().nth(SEARCH_MAX_CHARS).is_some() => {
            (FieldCode::TooLong, "is longer than 256 characters")
        }
        Some(q) if q.contains('\0') => (FieldCode::Malformed, "has a NUL character"),
        _ => return Ok(()),
    };
    Err(AppError::Invalid(vec![FieldError::new("q", mistake.0, mistake.1)]))
}

fn offer(row: stored::StoredVariant) -> Offer {
    let stored::StoredVariant { product, variant, seq: _ } = row;
    Offer { product, variant }
}

/// Puts a product with its variants into the shop's own tables; needs
/// [`Permission::StoresWrite`].
///
/// [`AppError::Conflict`] `sku-taken` if a variant of the store has one of the SKUs.
pub async fn create(work: &mut Work, product: &Product, variants: &[Variant]) -> Result<()> {
    work.caller().require(Permission::StoresWrite)?;
    let mut mistakes = Mistakes::new();
    if product.store != work.caller().store {
        mistakes.add("store", FieldCode::Unknown, "is another store");
    }
    if variants.len() > VARIANTS_MAX {
        mistakes.add("variants", FieldCode::TooLong, "are more than 1000");
    }
    mistakes.extend_at("", product.validate().err().unwrap_or_default());
    for (at, variant) in variants.iter().enumerate() {
        mistakes.extend_at(&format!("variants.{at}"), variant.validate().err().unwrap_or_default());
        if variant.product != product.id {
            mistakes.add(
                &format!("variants.{at}.product"),
                FieldCode::Unknown,
                "is another product",
            );
        }
    }
    mistakes.finish(())?;
    stored::insert(work.unit(), product, variants).await.map_err(|error| match error {
        StorageError::Taken(_) => {
            AppError::taken("sku-taken", "variants", "another variant has one of these SKUs")
        }
        error => error.into(),
    })?;
    audit::append(work, "product.create", product.id.as_str(), &json!(null)).await
}
