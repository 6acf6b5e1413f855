//! Galleria inside a platform's own axum service: one router, the platform's catalogue, one
//! shutdown for both.

use std::process::ExitCode;

use axum::{Router, routing::get};
use galleria::Galleria;
use galleria::app::catalog::{Answer, Catalog, Offer};
use galleria::app::{AppError, Work};
use galleria::domain::{Money, Page, PageRequest, Product, ProductId, Variant, VariantId};

/// What the platform sells: here one poster; there, whatever its own system answers.
#[derive(Debug)]
struct Posters;

fn poster(work: &Work) -> Result<Offer, AppError> {
    let (product, store) = (ProductId::from_bytes([7; 16]), work.caller().store.clone());
    let price = Money::new(1_900, "EUR".parse().map_err(|_| AppError::NotFound("currency"))?);
    let (id, version, active, name) =
        (VariantId::from_bytes([8; 16]), 1, true, "Poster".to_owned());
    let (sku, tax_class) = ("POSTER".to_owned(), "standard".to_owned());
    let product_id = product.clone();
    let variant =
        Variant { id, product, version, sku, name: "A2".into(), price, tax_class, active };
    Ok(Offer { product: Product { id: product_id, store, version, name, active }, variant })
}

impl Catalog for Posters {
    fn search<'a>(
        &'a self,
        work: &'a mut Work,
        q: Option<&'a str>,
        _: &'a PageRequest,
    ) -> Answer<'a, Page<Offer>> {
        let found =
            poster(work).map(|poster| q.is_none_or(|q| "poster".contains(q)).then_some(poster));
        Box::pin(async { Ok(Page { items: found?.into_iter().collect(), next: None }) })
    }

    fn get<'a>(&'a self, work: &'a mut Work, id: &'a VariantId) -> Answer<'a, Option<Offer>> {
        let found =
            poster(work).map(|poster| Some(poster).filter(|poster| poster.variant.id == *id));
        Box::pin(async { found })
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    // Plugins are compiled in a child process of this very program.
    if let Some(code) = galleria::compile_child() {
        return Ok(code);
    }
    let folder = std::env::args().nth(1).unwrap_or_else(|| "shop".into());
    let galleria = Galleria::builder().data_dir(folder).catalog(Posters).build().await?;
    let service = Router::new().route("/", get(async || "The platform")).merge(galleria.router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, service.into_make_service()).with_graceful_shutdown(stop).await?;
    galleria.close().await;
    Ok(ExitCode::SUCCESS)
}
