//! Galleria inside a platform's own axum service: one router, one catalogue, one shutdown.

use axum::{Router, routing::get};
use galleria::Galleria;
use galleria::app::Work;
use galleria::app::catalog::{Answer, Catalog, Offer};
use galleria::domain::{Money, Page, PageRequest, Product, ProductId, Variant, VariantId};
use std::process::ExitCode;

/// What the platform sells: here one poster; there, whatever its own system answers.
#[derive(Debug)]
struct Posters;

fn poster(work: &Work) -> Option<Offer> {
    let product =
        Product::new(ProductId::from_bytes([7; 16]), work.caller().store.clone(), "Poster");
    let price = Money::new(1_900, "EUR".parse().ok()?);
    let variant = Variant::new(VariantId::from_bytes([8; 16]), product.id.clone(), "POSTER", price);
    Some(Offer { product, variant })
}

impl Catalog for Posters {
    fn search<'a>(
        &'a self,
        work: &'a mut Work,
        q: Option<&'a str>,
        _: &'a PageRequest,
    ) -> Answer<'a, Page<Offer>> {
        let found = poster(work).filter(|_| q.is_none_or(|q| "poster".contains(q)));
        Box::pin(async { Ok(Page { items: found.into_iter().collect(), next: None }) })
    }

    fn get_many<'a>(&'a self, work: &'a mut Work, ids: &'a [VariantId]) -> Answer<'a, Vec<Offer>> {
        let found = poster(work).filter(|one| ids.contains(&one.variant.id));
        Box::pin(async { Ok(found.into_iter().collect()) })
    }

    fn find_by_sku<'a>(&'a self, work: &'a mut Work, sku: &'a str) -> Answer<'a, Option<Offer>> {
        let found = poster(work).filter(|one| one.variant.sku == sku);
        Box::pin(async { Ok(found) })
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
    axum::serve(listener, service).with_graceful_shutdown(stop).await?;
    galleria.close().await;
    Ok(ExitCode::SUCCESS)
}
