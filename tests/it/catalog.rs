//! The catalogue of a shop that brings none of its own, on both databases.

use galleria_app::catalog::{self, Catalog as _, StoredCatalog};
use galleria_app::{AppError, Result, unit};
use galleria_domain::{Money, PageRequest, Product, ProductId, Variant, VariantId};
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;

async fn create(shop: &TestShop, name: &str, variants: &[(&str, &str)]) -> Result<Vec<VariantId>> {
    let owner = shop.owner();
    let product = Product {
        id: ProductId::generate(),
        store: shop.store.clone(),
        version: 1,
        name: name.to_owned(),
        active: true,
    };
    let variant = |(sku, name): &(&str, &str)| Variant {
        id: VariantId::generate(),
        product: product.id.clone(),
        version: 1,
        sku: (*sku).to_owned(),
        name: (*name).to_owned(),
        prices: vec![Money::new(1_250, "EUR".parse().unwrap())],
        tax_class: "standard".to_owned(),
        active: true,
        in_stock: true,
    };
    let variants: Vec<_> = variants.iter().map(variant).collect();
    unit!(shop.app.write(&owner), work => catalog::create(work, &product, &variants).await)?;
    Ok(variants.into_iter().map(|variant| variant.id).collect())
}

async fn search(shop: &TestShop, q: &str) -> Vec<String> {
    let visitor = shop.visitor("192.0.2.9");
    let mut request = PageRequest::first(2);
    let mut found = Vec::new();
    loop {
        let page = unit!(shop.app.read(&visitor), work => {
            StoredCatalog.search(work, Some(q).filter(|q| !q.is_empty()), &request).await
        })
        .unwrap();
        found.extend(page.items.into_iter().map(|offer| offer.variant.sku));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn products_are_found_by_parts_of_name_and_sku() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        create(&shop, "Tasse Zürich", &[("MUG-1", "blau"), ("MUG-2", "rot")]).await.unwrap();
        create(&shop, "100% Cotton", &[("TEE_1", "")]).await.unwrap();
        for (q, skus) in [
            ("", vec!["MUG-1", "MUG-2", "TEE_1"]),
            ("zurich", vec!["MUG-1", "MUG-2"]),
            ("mug rot", vec!["MUG-2"]),
            ("MUG-1", vec!["MUG-1"]),
            ("%", vec!["TEE_1"]),
            ("_", vec!["TEE_1"]),
            ("kaffee", vec![]),
        ] {
            assert_eq!(search(&shop, q).await, skus, "{q}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_sku_is_one_variants_and_what_clashes_leaves_nothing() {
    on_both(async |database| {
        let shop = TestShop::open(&database).await;
        let ids = create(&shop, "Mug", &[("MUG-1", "")]).await.unwrap();
        let answer = create(&shop, "Cup", &[("CUP-1", ""), ("MUG-1", "")]).await;
        assert!(matches!(answer, Err(AppError::Conflict { kind: "sku-taken", .. })));
        assert_eq!(search(&shop, "").await, ["MUG-1"]);
        let visitor = shop.visitor("192.0.2.9");
        let (found, by_sku, nothing) = unit!(shop.app.read(&visitor), work => {
            let asked = [VariantId::generate(), ids[0].clone()];
            let found = StoredCatalog.get_many(work, &asked).await?;
            let by_sku = StoredCatalog.find_by_sku(work, "MUG-1").await?;
            let nothing = StoredCatalog.find_by_sku(work, "mug-1").await?;
            Ok((found, by_sku, nothing))
        })
        .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].product.name.as_str(), found[0].variant.prices[0].amount),
            ("Mug", 1_250)
        );
        assert_eq!((by_sku, nothing), (found.into_iter().next(), None));
    })
    .await;
}
