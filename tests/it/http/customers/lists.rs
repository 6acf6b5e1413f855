//! Lists of customers, page by page, and of products.

use galleria_app::{catalog, unit};
use galleria_domain::{Money, Product, ProductId, Variant, VariantId};
use galleria_tests::client::Client;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::super::refused;
use super::addresses::address;
use super::{CUSTOMERS, id, make};

/// All items of a list, page by page.
async fn all(client: &Client<'_>, list: &str, limit: usize) -> Vec<Value> {
    let glue = if list.contains('?') { '&' } else { '?' };
    let (mut items, mut next) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{list}{glue}limit={limit}{next}")).await;
        assert_eq!(page.status, 200, "{list}: {}", page.text());
        let page = page.json();
        let some = page["items"].as_array().unwrap();
        assert!(some.len() <= limit);
        items.extend(some.iter().cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return items,
        }
    }
}

fn texts(items: &[Value], field: &str) -> Vec<String> {
    items.iter().map(|item| item[field].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_shows_everybody_once_page_by_page() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for number in 0..23 {
            // Some have the same name, and some no email.
            let email = (number % 3 > 0).then(|| format!("c{}@example.com", number * 7 % 23));
            let name = format!("Name {}", number / 4);
            make(&owner, &json!({ "last_name": name, "email": email })).await;
        }
        for order in ["created_at", "name", "email", "number", "orders_count", "last_activity_at"] {
            for sort in [order.to_owned(), format!("-{order}")] {
                let list = format!("{CUSTOMERS}?sort={sort}");
                let whole = all(&owner, &list, 200).await;
                assert_eq!(whole.len(), 23);
                for limit in [1, 5, 22, 23] {
                    assert_eq!(all(&owner, &list, limit).await, whole, "{sort} by {limit}");
                }
                let mut ids = texts(&whole, "id");
                ids.sort();
                ids.dedup();
                assert_eq!(ids.len(), 23, "{sort}");
            }
        }
        let newest = texts(&all(&owner, CUSTOMERS, 50).await, "id");
        let numbers = texts(&all(&owner, &format!("{CUSTOMERS}?sort=-number"), 50).await, "id");
        assert_eq!(newest, numbers);
        let names = texts(&all(&owner, &format!("{CUSTOMERS}?sort=name"), 7).await, "last_name");
        assert!(names.is_sorted(), "{names:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_all_the_time_comes_once_while_others_come_and_go() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let mut made = Vec::new();
        for number in 0..12 {
            made.push(make(&owner, &json!({ "last_name": format!("N{number:02}") })).await);
        }
        for list in [format!("{CUSTOMERS}?sort=name"), format!("{CUSTOMERS}?sort=-created_at")] {
            let first = owner.get(&format!("{list}&limit=4")).await.json();
            let mut seen = texts(first["items"].as_array().unwrap(), "id");
            // One comes before all that was shown, and the one that was shown last goes.
            let newcomer = make(&owner, &json!({ "last_name": "A" })).await;
            let gone = seen[3].clone();
            assert_eq!(owner.delete(&format!("{CUSTOMERS}/{gone}")).await.status, 204);
            let mut next = first["next"].as_str().unwrap().to_owned();
            loop {
                let page = owner.get(&format!("{list}&limit=4&cursor={next}")).await.json();
                seen.extend(texts(page["items"].as_array().unwrap(), "id"));
                match page["next"].as_str() {
                    Some(cursor) => cursor.clone_into(&mut next),
                    None => break,
                }
            }
            made.retain(|answer| id(answer) != gone);
            for answer in &made {
                let times = seen.iter().filter(|found| **found == id(answer)).count();
                assert_eq!(times, 1, "{list}: {}", answer.text());
            }
            made.push(newcomer);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_leads_on_in_its_own_list_alone() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for _ in 0..3 {
            make(&owner, &json!({ "last_name": "Ek" })).await;
        }
        let page = owner.get(&format!("{CUSTOMERS}?limit=1&q=ek")).await.json();
        let cursor = page["next"].as_str().unwrap();
        let store = json!({ "name": "Elsewhere", "default_currency": "CHF" });
        let store = owner.post("/admin/v1/stores", &store).await;
        let there = owner.with("galleria-store", &id(&store));
        let turned: String = cursor.chars().rev().collect();
        let cut = &cursor[..cursor.len() / 2];
        let query = |rest: &str| format!("{CUSTOMERS}?limit=1&{rest}");
        for (answer, code) in [
            (owner.get(&query(&format!("cursor={cursor}"))).await, "range"),
            (owner.get(&query(&format!("q=e&cursor={cursor}"))).await, "range"),
            (owner.get(&query(&format!("q=ek&sort=name&cursor={cursor}"))).await, "range"),
            (there.get(&query(&format!("q=ek&cursor={cursor}"))).await, "range"),
            (owner.get(&format!("/admin/v1/products?cursor={cursor}")).await, "range"),
            (owner.get(&query(&format!("q=ek&cursor={turned}"))).await, "malformed"),
            (owner.get(&query(&format!("q=ek&cursor={cut}"))).await, "malformed"),
            (owner.get(&query("q=ek&cursor=")).await, "malformed"),
        ] {
            let named = refused(&answer, 422, "invalid");
            assert_eq!(named, [("cursor".to_owned(), code.to_owned())]);
        }
        // Another size of the pages is no other list.
        let rest = owner.get(&format!("{CUSTOMERS}?limit=9&q=ek&cursor={cursor}")).await.json();
        assert_eq!(rest["items"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_whom_they_name_and_count_says_how_many() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let asa = json!({
            "kind": "registered", "first_name": "Åsa", "last_name": "Ek", "email": "asa@example.com",
            "phone": "+46 8 123 45", "date_of_birth": "1984-02-29", "tax_exempt": true,
        });
        let bob = json!({
            "first_name": "Bob", "last_name": "50%", "company": "a_b GmbH",
            "date_of_birth": "1990-03-29", "active": false, "stage": "customer",
        });
        let cyd = json!({ "first_name": "Cyd", "email": "cyd@example.org" });
        let asa = make(&owner, &asa).await;
        let bob = make(&owner, &bob).await;
        make(&owner, &cyd).await;
        let addresses = format!("{}/addresses", asa.location());
        assert_eq!(owner.post(&addresses, &address("Zürich")).await.status, 201);
        let ids = format!("ids={},{}", id(&asa), id(&bob));
        for (query, names) in [
            ("", &["Åsa", "Bob", "Cyd"][..]),
            ("q=%C3%A5s", &["Åsa"]),
            ("q=as", &["Åsa"]),
            ("name=as", &[]),
            ("name=as&ignore_accents=true", &["Åsa"]),
            ("q=EXAMPLE", &["Åsa", "Cyd"]),
            ("email=example.o", &["Cyd"]),
            ("q=%25", &["Bob"]),
            ("q=_", &["Bob"]),
            ("q=nobody", &[]),
            ("company=gmbh", &["Bob"]),
            ("phone=12345", &["Åsa"]),
            ("q=08%20123", &["Åsa"]),
            ("zip=301", &["Åsa"]),
            ("city=z%C3%BCr", &["Åsa"]),
            ("address=weg", &["Åsa"]),
            ("country=CH", &["Åsa"]),
            ("country=DE", &[]),
            ("dob=1984-02-29", &["Åsa"]),
            ("birth_day=29", &["Åsa", "Bob"]),
            ("birth_day=29&birth_month=3", &["Bob"]),
            ("stage=customer", &["Bob"]),
            ("stage=visitor", &[]),
            ("has_account=true", &["Åsa"]),
            ("active=false", &["Bob"]),
            ("tax_exempt=true", &["Åsa"]),
            ("created_from=2020-01-01T00:00:00Z", &["Åsa", "Bob", "Cyd"]),
            ("created_to=2020-01-01T00:00:00Z", &[]),
            ("active_from=2020-01-01T00:00:00Z", &[]),
            ("orders_min=1", &[]),
            ("orders_max=0&active=true", &["Åsa", "Cyd"]),
            ("spent_min=1&spent_currency=EUR", &[]),
            ("ip=127.0.0.1", &[]),
            (&ids, &["Åsa", "Bob"]),
        ] {
            let list = format!("{CUSTOMERS}?sort=number&{query}");
            assert_eq!(texts(&all(&owner, &list, 2).await, "first_name"), names, "{query}");
            let count = owner.get(&format!("{CUSTOMERS}/count?{query}")).await.json();
            assert_eq!(count, json!({ "count": names.len() }), "{query}");
        }
        let leads = texts(&all(&owner, "/admin/v1/leads?sort=number", 1).await, "first_name");
        assert_eq!(leads, ["Åsa", "Cyd"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_facet_of_no_enabled_plugin_is_refused_and_not_overlooked() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        for (query, path) in [
            ("role=vip", "role"),
            ("role_none=true", "role_none"),
            ("x.customer-roles.role=vip", "x.customer-roles.role"),
            ("sort=x.customer-roles.role", "sort"),
            ("sort=-x.customer-roles.role", "sort"),
        ] {
            let lists = [CUSTOMERS, "/admin/v1/leads", "/admin/v1/customers/count"];
            // A count is in no order.
            for list in lists.iter().take(if path == "sort" { 2 } else { 3 }) {
                let answer = owner.get(&format!("{list}?{query}")).await;
                assert_eq!(
                    refused(&answer, 422, "invalid"),
                    [(path.to_owned(), "unknown".to_owned())],
                    "{list}?{query}"
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn products_are_listed_as_the_variants_that_are_bought() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let store = host.galleria.store().clone();
        let product = Product {
            id: ProductId::generate(),
            store,
            version: 1,
            name: "Mug".to_owned(),
            active: true,
        };
        let variants: Vec<_> = (0..5)
            .map(|number| Variant {
                id: VariantId::generate(),
                product: product.id.clone(),
                version: 1,
                sku: format!("MUG-{number}"),
                name: format!("size {number}"),
                prices: vec![Money::new(1_250 + number, "EUR".parse().unwrap())],
                tax_class: "standard".to_owned(),
                active: number != 3,
                in_stock: true,
            })
            .collect();
        unit!(host.galleria.app().write(host.owner()), work => {
            catalog::create(work, &product, &variants).await
        })
        .unwrap();
        let owner = Client::owner(&host);
        let list = "/admin/v1/products";
        let found = all(&owner, list, 2).await;
        assert_eq!(texts(&found, "sku"), ["MUG-0", "MUG-1", "MUG-2", "MUG-3", "MUG-4"]);
        assert_eq!(
            found[3],
            json!({
                "id": variants[3].id, "product": product.id, "product_name": "Mug",
                "name": "size 3", "sku": "MUG-3", "tax_class": "standard", "active": false,
                "prices": [{ "amount": 1_253, "currency": "EUR" }], "in_stock": true,
            })
        );
        assert_eq!(texts(&all(&owner, &format!("{list}?q=mug-4"), 2).await, "name"), ["size 4"]);
    })
    .await;
}
