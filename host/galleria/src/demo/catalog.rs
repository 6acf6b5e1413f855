//! What the demo's shop sells: prints, frames, books and what goes with them.

use galleria_domain::{Currency, Money, Product, ProductId, StoreId, Variant, VariantId};

use super::SEED;
use super::random::Random;

/// 2023-11-01T08:00:00Z: when the catalogue was made.
const MADE_MS: u64 = 1_698_825_600_000;

/// How the variants of a product differ: what is behind the SKU, what it is called, and how much
/// more it costs, in percent.
type Choice = &'static [(&'static str, &'static str, i64)];

const ONE: Choice = &[("", "", 0)];
const SIZES: Choice = &[("S", "30 × 40 cm", 0), ("M", "50 × 70 cm", 60), ("L", "70 × 100 cm", 140)];
const FRAMES: Choice = &[
    ("OAK-S", "Eiche, 30 × 40 cm", 0),
    ("OAK-M", "Eiche, 50 × 70 cm", 45),
    ("BLK-S", "schwarz, 30 × 40 cm", 0),
    ("BLK-M", "schwarz, 50 × 70 cm", 45),
];
const CLOTHES: Choice =
    &[("XS", "XS", 0), ("S", "S", 0), ("M", "M", 0), ("L", "L", 0), ("XL", "XL", 8)];
const COLOURS: Choice = &[("RED", "red", 0), ("BLU", "blue", 0), ("GRN", "green", 0)];
const BINDINGS: Choice = &[("PB", "paperback", 0), ("HC", "hardcover", 55)];

/// SKU, name, class of tax, currency, price in its minor units, variants.
#[rustfmt::skip]
const PRODUCTS: &[(&str, &str, &str, &str, i64, Choice)] = &[
    ("PRT-WAVE", "Die große Welle vor Kanagawa – art print", "standard", "EUR", 2_450, SIZES),
    ("PRT-NIGHT", "Starry Night over the Rhône – art print", "standard", "EUR", 2_450, SIZES),
    ("PRT-LILY", "Les Nymphéas – art print", "standard", "EUR", 2_650, SIZES),
    ("PRT-SQUARE", "Чёрный квадрат – art print", "standard", "EUR", 1_990, SIZES),
    ("PRT-KISS", "Der Kuss – art print", "standard", "EUR", 2_890, SIZES),
    ("PRT-PEARL", "Meisje met de parel – art print", "standard", "EUR", 2_450, SIZES),
    ("PRT-SCREAM", "Skrik – art print", "standard", "EUR", 2_250, SIZES),
    ("PRT-GARDEN", "El jardín de las delicias – art print", "standard", "EUR", 3_450, SIZES),
    ("PRT-FUJI", "凱風快晴 – woodblock print", "standard", "JPY", 4_800, SIZES),
    ("PRT-CRANE", "花鳥画「鶴」 – woodblock print", "standard", "JPY", 6_200, SIZES),
    ("PRT-RAIN", "大はしあたけの夕立 – woodblock print", "standard", "JPY", 5_500, SIZES),
    ("PRT-KUFIC", "خط كوفي – calligraphy", "standard", "KWD", 7_250, SIZES),
    ("PRT-THULUTH", "خط الثلث – calligraphy", "standard", "KWD", 9_125, SIZES),
    ("FRM-GALLERY", "Gallery frame", "standard", "EUR", 3_900, FRAMES),
    ("FRM-BOX", "Shadow box frame", "standard", "EUR", 5_200, FRAMES),
    ("FRM-MAGNET", "Magnetic poster rail", "standard", "EUR", 1_790, ONE),
    ("FRM-KAKEJIKU", "掛軸 – hanging scroll mount", "standard", "JPY", 9_800, ONE),
    ("GLS-MUSEUM", "Museum glass", "standard", "EUR", 4_400, SIZES),
    ("MAT-WHITE", "Passe-partout, white", "standard", "EUR", 690, SIZES),
    ("BOK-COLOUR", "A History of Colour", "reduced", "EUR", 2_400, BINDINGS),
    ("BOK-BAUHAUS", "Bauhaus von A bis Z", "reduced", "EUR", 3_200, BINDINGS),
    ("BOK-UKIYOE", "浮世絵入門", "reduced", "JPY", 2_640, BINDINGS),
    ("BOK-CATALOG", "Catalogue raisonné, tome I", "reduced", "EUR", 8_900, ONE),
    ("BOK-KIDS", "Το πρώτο μου μουσείο", "reduced", "EUR", 1_450, ONE),
    ("CAL-YEAR", "Wall calendar", "reduced", "EUR", 1_890, ONE),
    ("CRD-SET", "Postcards, set of 12", "standard", "EUR", 990, ONE),
    ("CRD-NOTE", "Note cards with envelopes", "standard", "EUR", 1_290, COLOURS),
    ("MUG-DOTS", "Mug “Dots”", "standard", "EUR", 1_450, COLOURS),
    ("MUG-MATCHA", "抹茶碗", "standard", "JPY", 3_800, ONE),
    ("BAG-TOTE", "Tote bag", "standard", "EUR", 1_600, COLOURS),
    ("TSH-GRID", "T-shirt “Grid”", "standard", "EUR", 2_900, CLOTHES),
    ("TSH-LINE", "T-shirt “One line”", "standard", "EUR", 2_900, CLOTHES),
    ("SCF-SILK", "Silk scarf “Nymphéas”", "standard", "EUR", 7_900, ONE),
    ("PZL-1000", "Jigsaw puzzle, 1,000 pieces", "standard", "EUR", 2_490, ONE),
    ("PEN-BRUSH", "Brush pens", "standard", "EUR", 1_850, COLOURS),
    ("PAP-WASHI", "和紙 – washi paper, 10 sheets", "standard", "JPY", 1_200, ONE),
    ("INK-REED", "قلم وحبر – reed pen and ink", "standard", "KWD", 3_750, ONE),
    ("OUD-BOX", "صندوق خشبي – inlaid box", "standard", "KWD", 12_500, ONE),
    ("TKT-DAY", "Day ticket", "exempt", "EUR", 1_200, &[("ADULT", "adult", 0), ("CHILD", "child", -50), ("UNDER6", "under six", -100)]),
    ("GFT-CARD", "Gift card", "exempt", "EUR", 1_000, &[("10", "10 €", 0), ("25", "25 €", 150), ("50", "50 €", 400)]),
];

/// All products with their variants, for this store.
pub(super) fn all(store: &StoreId) -> Vec<(Product, Vec<Variant>)> {
    (0..PRODUCTS.len()).map(|at| product(at, store)).collect()
}

/// The codes of all currencies that something is priced in, the store's own first.
pub(super) const CURRENCIES: [&str; 3] = ["EUR", "JPY", "KWD"];

fn product(at: usize, store: &StoreId) -> (Product, Vec<Variant>) {
    let (sku, name, tax_class, currency, price, choice) = PRODUCTS[at];
    let currency: Currency = currency.parse().expect("the table names currencies that there are");
    let mut random = Random::of(SEED, "product", at);
    let made_ms = MADE_MS + at as u64;
    let id = ProductId::from_bytes(random.uuid_v7(made_ms));
    let variants = choice.iter().map(|(suffix, name, more_percent)| Variant {
        id: VariantId::from_bytes(random.uuid_v7(made_ms)),
        product: id.clone(),
        version: 1,
        sku: [sku, suffix]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-"),
        name: (*name).into(),
        prices: vec![Money::new(price + price * more_percent / 100, currency)],
        tax_class: tax_class.into(),
        active: true,
        in_stock: true,
    });
    let variants = variants.collect();
    let (store, name) = (store.clone(), name.to_owned());
    // The last thing of its kind is sold out for good.
    let active = sku != "BOK-CATALOG";
    (Product { id, store, version: 1, name, active }, variants)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn store() -> StoreId {
        StoreId::from_bytes([1; 16])
    }

    #[test]
    fn every_product_and_variant_keeps_the_rules_of_the_shop() {
        let mut skus = BTreeSet::new();
        for (product, variants) in all(&store()) {
            assert_eq!(product.validate(), Ok(()), "{}", product.name);
            assert!(!variants.is_empty());
            for variant in variants {
                assert_eq!(variant.validate(), Ok(()), "{}", variant.sku);
                assert_eq!(variant.product, product.id);
                assert!(skus.insert(variant.sku.clone()), "{}", variant.sku);
            }
        }
    }

    #[test]
    fn the_catalogue_is_the_same_every_time_in_currencies_of_0_2_and_3_digits() {
        let all_products = all(&store());
        assert_eq!((all_products.len(), &all_products), (40, &all(&store())));
        let used: BTreeSet<_> = all_products
            .iter()
            .flat_map(|(_, variants)| variants)
            .flat_map(|variant| &variant.prices)
            .map(|price| (price.currency.exponent(), price.currency.as_str()))
            .collect();
        assert_eq!(used, BTreeSet::from([(0, "JPY"), (2, "EUR"), (3, "KWD")]));
        assert!(used.iter().all(|(_, code)| CURRENCIES.contains(code)));
    }

    #[test]
    fn sizes_cost_what_the_table_says() {
        let all = all(&store());
        let prices: Vec<_> = all[0].1.iter().map(|variant| variant.prices[0].amount).collect();
        assert_eq!(prices, [2_450, 3_920, 5_880]);
        let ticket = all.iter().find(|(product, _)| product.name == "Day ticket").unwrap();
        assert_eq!(ticket.1[2].prices[0].amount, 0);
    }
}
