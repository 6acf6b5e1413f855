//! Carts: T60, T66, T70 to T73, I2 and I3, and what is wrong with what is said about them.

use std::collections::BTreeSet;
use std::time::Duration;

use galleria_app::{carts, unit};
use galleria_domain::CartAges;
use galleria_tests::client::Client;
use galleria_tests::clock::TestClock;
use galleria_tests::database::on_both;
use galleria_tests::host::TestHost;
use serde_json::{Value, json};

use super::{
    CARTS, STORE_CARTS, Shopper, address, as_staff, card, euro, good, line_at, lines, made,
    place_for, refused, sell, set_store,
};

#[tokio::test(flavor = "multi_thread")]
async fn t60_of_twenty_first_carts_at_once_one_is_there() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let first = async || {
            let begun = ada.client.post(STORE_CARTS, &json!({})).await;
            if begun.status != 201 {
                refused(&begun, 409, "current-cart");
            }
            // Whoever comes second may be told so before the first one is through.
            let mut current = ada.client.get(&format!("{STORE_CARTS}/current")).await;
            while current.status == 404 {
                current = ada.client.get(&format!("{STORE_CARTS}/current")).await;
            }
            let current = good(&current);
            let path = format!("{STORE_CARTS}/{}/lines", current["id"].as_str().unwrap());
            let added = ada.client.post(&path, &json!({ "sku": "MUG" })).await;
            assert_eq!(added.status, 200, "{}", added.text());
            begun.status == 201
        };
        let begun = futures_util::future::join_all((0..20).map(|_| first())).await;
        assert_eq!(begun.iter().filter(|begun| **begun).count(), 1);
        let current = good(&ada.client.get(&format!("{STORE_CARTS}/current")).await);
        assert_eq!(lines(&current), [("MUG".to_owned(), 20)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_of_all_open_carts_one_is_the_current_one() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let own = ada.cart().await;
        let path = format!("/admin/v1/customers/{}/carts", ada.id.clone().unwrap());
        let extra = made(&owner.post(&path, &json!({})).await);
        refused(&owner.post(&path, &json!({ "is_current": true })).await, 409, "current-cart");
        let current = async || {
            let query = format!("{CARTS}?status=open&owner={}", ada.id.as_ref().unwrap());
            let all = good(&owner.get(&query).await)["items"].as_array().unwrap().clone();
            let current = all.iter().filter(|cart| cart["is_current"] == true);
            let current: Vec<_> =
                current.map(|cart| cart["id"].as_str().unwrap().to_owned()).collect();
            (all.len(), current)
        };
        let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        assert_eq!(current().await, (2, vec![id(&own)]));
        good(&owner.patch(&extra, &json!({ "is_current": true })).await);
        assert_eq!(current().await, (2, vec![id(&extra)]));
        let seen = good(&ada.client.get(&format!("{STORE_CARTS}/current")).await);
        assert_eq!(seen["id"], id(&extra));
        let answer = owner.patch(&extra, &json!({ "is_current": false })).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["is_current"]);
        assert_eq!(ada.client.delete(&format!("{STORE_CARTS}/{}", id(&extra))).await.status, 204);
        assert_eq!(current().await, (1, vec![]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_cart_that_was_left_once_never_changes_again() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let owner = Client::owner(&host);
        let ada = Shopper::register(&host, "ada@example.com").await;
        let ordered = ada.cart().await;
        let shown = ada.add(&ordered, "MUG", 1).await;
        let line = line_at("", &shown, "MUG");
        good(&ada.place(&ordered, &card()).await);
        let deleted = ada.cart().await;
        assert_eq!(ada.client.delete(&deleted).await.status, 204);
        let before = test.dump().await["carts"].clone();
        for cart in [&ordered, &deleted] {
            let staff = as_staff(cart);
            let clicks = json!({ "clicks": { "utm_source": "x" } });
            for answer in [
                ada.client.post(&format!("{cart}/lines"), &json!({ "sku": "MUG" })).await,
                ada.client.post(&format!("{cart}/codes"), &json!({ "code": "X" })).await,
                ada.client.put(&format!("{cart}/attribution"), &clicks).await,
                ada.client.put(&format!("{cart}/wishes/points"), &json!({ "wish": 1 })).await,
                ada.client.patch(cart, &json!({ "note": "x" })).await,
                ada.client.patch(cart, &json!({ "is_current": true })).await,
                ada.client.order(&format!("{cart}/recalculate")).await,
                ada.client.delete(cart).await,
                owner.put(&format!("{staff}/lock"), &json!({ "lock": "lines" })).await,
                owner.put(&format!("{staff}/agent"), &json!({ "agent": null })).await,
                owner.delete(&staff).await,
            ] {
                refused(&answer, 409, "cart-closed");
            }
        }
        for answer in [
            ada.client.patch(&format!("{ordered}{line}"), &json!({ "quantity": 2 })).await,
            ada.client.delete(&format!("{ordered}{line}")).await,
        ] {
            refused(&answer, 409, "cart-closed");
        }
        let answer = place_for(&ada.client, &deleted, &euro(0), &Value::Null, "k").await;
        refused(&answer, 409, "cart-closed");
        assert_eq!(test.dump().await["carts"], before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t66_the_agent_stays_whatever_is_clicked() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let draft = json!({ "customer": ada.id, "is_current": true });
        let cart = made(&owner.post(CARTS, &draft).await);
        let begun = good(&owner.get(&cart).await);
        let agent = begun["attribution"]["agent"].clone();
        assert!(agent.is_string() && begun["origin"] == "agent" && begun["opened_by"] == agent);
        let own = cart.replace(CARTS, STORE_CARTS);
        let put = async |body: Value| {
            good(&ada.client.put(&format!("{own}/attribution"), &body).await);
            good(&owner.get(&cart).await)["attribution"].clone()
        };
        let clicks = json!({ "utm_source": "mail", "utm_term": "mugs" });
        put(json!({ "clicks": clicks })).await;
        let merged = put(json!({ "mode": "merge", "clicks": { "utm_source": "web" } })).await;
        assert_eq!(merged["clicks"], json!({ "utm_source": "web", "utm_term": "mugs" }));
        let last = put(json!({ "clicks": { "gclid": "g" } })).await;
        assert_eq!((&last["clicks"], &last["agent"]), (&json!({ "gclid": "g" }), &agent));
        for link in ["product=MUG:1&utm_source=link", "product=MUG:1&clear_attribution="] {
            good(&ada.client.order(&format!("/store/v1/checkout/add?{link}")).await);
            assert_eq!(good(&owner.get(&cart).await)["attribution"]["agent"], agent, "{link}");
        }
        assert_eq!(good(&owner.get(&cart).await)["attribution"]["clicks"], json!({}));
        // Neither customers nor what they see have a say in it.
        refused(
            &ada.client.put(&format!("{own}/agent"), &json!({ "agent": null })).await,
            404,
            "not-found",
        );
        assert!(!ada.client.get(&own).await.text().contains(agent.as_str().unwrap()));
        let none = good(&owner.put(&format!("{cart}/agent"), &json!({ "agent": null })).await);
        assert_eq!(none["attribution"]["agent"], json!(null));
        let long = json!({ "clicks": { "utm_source": "x".repeat(256) } });
        let answer = ada.client.put(&format!("{own}/attribution"), &long).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["utm_source"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t70_a_price_set_by_hand_stays_in_its_currency() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        set_store(&host, &json!({ "currencies": ["EUR", "USD"] })).await;
        sell(&host, "MUG", &[(1_000, "EUR"), (1_100, "USD")], "standard").await;
        let (owner, ada) =
            (Client::owner(&host), Shopper::register(&host, "ada@example.com").await);
        let cart = ada.cart().await;
        let shown = ada.add(&cart, "MUG", 2).await;
        let line = line_at(&cart, &shown, "MUG");
        let answer = ada.client.patch(&line, &json!({ "unit_price": euro(1) })).await;
        refused(&answer, 403, "permission-denied");
        let priced =
            good(&owner.patch(&as_staff(&line), &json!({ "unit_price": euro(900) })).await);
        assert_eq!(
            (&priced["lines"][0]["price_source"], &priced["totals"]["payable"]),
            (&json!("manual"), &euro(1_800))
        );
        // It doesn't follow the catalogue, and can't be carried over.
        assert_eq!(
            good(&ada.client.order(&format!("{cart}/recalculate")).await)["totals"]["payable"],
            euro(1_800)
        );
        let answer = ada.client.patch(&cart, &json!({ "currency": "USD" })).await;
        assert_eq!(refused(&answer, 422, "invalid"), ["lines.0"]);
        let back = good(&owner.patch(&as_staff(&line), &json!({ "unit_price": null })).await);
        assert_eq!(back["totals"]["payable"], euro(2_000));
        let dollars = good(&ada.client.patch(&cart, &json!({ "currency": "USD" })).await);
        assert_eq!(dollars["totals"]["payable"], super::money(2_200, "USD"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t71_once_and_again_and_again_stand_beside_each_other() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let monthly = json!({ "every": { "count": 3, "unit": "month" } });
        let line = json!({ "sku": "MUG", "quantity": 2, "schedule": monthly });
        let path = format!("{cart}/lines");
        ada.add(&cart, "MUG", 1).await;
        let shown = good(&ada.client.post(&path, &line).await);
        assert_eq!(lines(&shown), [("MUG".to_owned(), 1), ("MUG".to_owned(), 2)]);
        let shown = good(&ada.client.post(&path, &line).await);
        assert_eq!(lines(&shown), [("MUG".to_owned(), 1), ("MUG".to_owned(), 4)]);
        assert_eq!(shown["lines"][1]["schedule"], monthly);
        assert_eq!(shown["totals"]["payable"], euro(5_000));
        let at = format!("{path}/{}/schedule", shown["lines"][0]["id"].as_str().unwrap());
        let yearly =
            json!({ "every": { "count": 1, "unit": "year", "first_at": "2027-01-01T00:00:00Z" } });
        let shown = good(&ada.client.put(&at, &json!({ "schedule": yearly })).await);
        assert_eq!(shown["lines"][0]["schedule"]["every"]["unit"], "year");
        for wrong in [
            json!({ "every": { "count": 0, "unit": "day" } }),
            json!({ "every": { "count": 1_001, "unit": "day" } }),
            json!({ "every": { "count": 1, "unit": "hour" } }),
            json!("sometimes"),
        ] {
            let answer = ada.client.put(&at, &json!({ "schedule": wrong })).await;
            assert!(!refused(&answer, 422, "invalid").is_empty(), "{wrong}");
        }
        let placed = good(&ada.place(&cart, &card()).await);
        assert_eq!(placed["order"]["lines"][1]["schedule"], monthly);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t72_carts_are_abandoned_and_expire_when_nobody_touches_them() {
    on_both(|test| async move {
        let clock = TestClock::new();
        let host = TestHost::start_at(&test, clock.clone()).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let owner = Client::owner(&host);
        let system = galleria_app::Caller::system(host.galleria.store().clone());
        let ada = Shopper::register(&host, "ada@example.com").await;
        let known = ada.cart().await;
        ada.add(&known, "MUG", 1).await;
        let (visitor, anonymous) = Shopper::visit(&host).await;
        visitor.add(&anonymous, "MUG", 1).await;
        let (_, empty) = Shopper::visit(&host).await;
        let age = async || {
            let mut after = None;
            loop {
                after = unit!(host.galleria.app().write(&system), work => {
                    carts::age(work, &CartAges::default(), after).await
                })
                .unwrap();
                if after.is_none() {
                    break;
                }
            }
        };
        let look = async |cart: &String| {
            let cart = good(&owner.get(&as_staff(cart)).await);
            (cart["status"].as_str().unwrap().to_owned(), cart["abandoned_at"].is_string())
        };
        let is = |status: &str, abandoned| (status.to_owned(), abandoned);
        let hours = |hours: u64| clock.advance(Duration::from_secs(3_600 * hours));
        clock.advance(Duration::from_secs(3_599));
        age().await;
        assert_eq!(look(&known).await, is("open", false));
        clock.advance(Duration::from_secs(1));
        age().await;
        let version = good(&owner.get(&as_staff(&known)).await)["version"].clone();
        age().await;
        assert_eq!(look(&known).await, is("open", true));
        assert_eq!(look(&anonymous).await, is("open", true));
        assert_eq!(look(&empty).await, is("open", false));
        assert_eq!(good(&owner.get(&as_staff(&known)).await)["version"], version);
        let abandoned = good(&owner.get("/admin/v1/events?kind=cart.abandoned&wait=20").await);
        assert_eq!(abandoned["items"].as_array().map(Vec::len), Some(2), "{abandoned}");
        hours(5);
        age().await;
        assert_eq!(look(&empty).await, is("expired", false));
        hours(24 * 30 - 6);
        age().await;
        assert_eq!(look(&anonymous).await, is("expired", true));
        assert_eq!(look(&known).await, is("open", true));
        hours(24 * 60);
        age().await;
        assert_eq!(look(&known).await, is("expired", true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t73_open_carts_are_listed_to_the_end_while_others_close() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        let owner = Client::owner(&host);
        let mut carts = Vec::new();
        for at in 0..9 {
            let ada = Shopper::register(&host, &format!("ada{at}@example.com")).await;
            carts.push(ada.cart().await.rsplit('/').next().unwrap().to_owned());
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for closed in [8, 4, 0, 1, 2] {
            let page = good(&owner.get(&format!("{CARTS}?status=open&limit=2{cursor}")).await);
            let ids = page["items"].as_array().unwrap().iter();
            seen.extend(ids.map(|cart| cart["id"].as_str().unwrap().to_owned()));
            let gone = format!("{CARTS}/{}", carts[closed]);
            assert_eq!(owner.delete(&gone).await.status, 204);
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let once: BTreeSet<_> = seen.iter().collect();
        assert_eq!(once.len(), seen.len());
        for open in [3, 5, 6, 7] {
            assert!(once.contains(&carts[open]), "{open} of {seen:?}");
        }
        let wrong = owner.get(&format!("{CARTS}?status=ordered&limit=2{cursor}")).await;
        assert_eq!(refused(&wrong, 422, "invalid"), ["cursor"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_are_found_by_what_is_known_of_them() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let owner = Client::owner(&host);
        let ada = Shopper::register(&host, "ada@example.com").await;
        let cart = ada.cart().await;
        let shown = ada.add(&cart, "MUG", 2).await;
        let details = json!({ "email": "Ada@Example.com", "shipping": address("CH") });
        good(&ada.client.patch(&cart, &details).await);
        let (_, other) = Shopper::visit(&host).await;
        let variant = shown["lines"][0]["variant"].as_str().unwrap();
        let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        for (query, found) in [
            (String::new(), vec![id(&other), id(&cart)]),
            (format!("owner={}", ada.id.as_ref().unwrap()), vec![id(&cart)]),
            ("email=ada@example.com".to_owned(), vec![id(&cart)]),
            ("country=CH".to_owned(), vec![id(&cart)]),
            (format!("product={variant}"), vec![id(&cart)]),
            ("min_total=2000&currency=EUR".to_owned(), vec![id(&cart)]),
            ("min_total=2001&currency=EUR".to_owned(), vec![]),
            ("abandoned=true".to_owned(), vec![]),
            ("status=ordered".to_owned(), vec![]),
        ] {
            let all = good(&owner.get(&format!("{CARTS}?{query}")).await)["items"].clone();
            let mut ids: Vec<_> =
                all.as_array().unwrap().iter().map(|cart| cart["id"].as_str().unwrap()).collect();
            let mut wanted: Vec<_> = found.iter().map(String::as_str).collect();
            ids.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(ids, wanted, "{query}");
        }
        for (query, path) in [
            ("status=gone", "status"),
            ("owner=ada", "owner"),
            ("email=ada", "email"),
            ("min_total=1", "currency"),
            ("currency=EUR", "min_total"),
            ("country=XX", "country"),
            ("store=1", "store"),
        ] {
            let answer = owner.get(&format!("{CARTS}?{query}")).await;
            assert_eq!(refused(&answer, 422, "invalid"), [path], "{query}");
        }
        // Who may see carts, but not people, neither sees nor guesses who they are.
        let key = json!({ "name": "feed", "permissions": ["carts:read"] });
        let key = owner.post("/admin/v1/api-keys", &key).await;
        let feed = Client::bearer(&host, key.json()["secret"].as_str().unwrap());
        let masked = good(&feed.get(&as_staff(&cart)).await);
        assert_eq!((&masked["email"], &masked["shipping"]), (&json!(null), &json!(null)));
        refused(
            &feed.get(&format!("{CARTS}?email=ada@example.com")).await,
            403,
            "permission-denied",
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_cart_is_said_and_changes_nothing() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let owner = Client::owner(&host);
        let (ada, eve) = (
            Shopper::register(&host, "ada@example.com").await,
            Shopper::register(&host, "eve@example.com").await,
        );
        let cart = ada.cart().await;
        let seen = ada.client.get(&cart).await;
        ada.add(&cart, "MUG", 1).await;
        let (stranger, of_stranger) = Shopper::visit(&host).await;
        let before = test.dump().await["carts"].clone();
        let path = format!("{cart}/lines");
        for (line, at) in [
            (json!({ "sku": "NONE" }), "sku"),
            (json!({}), "variant"),
            (json!({ "sku": "MUG", "variant": "var_00000000000000000000000000000000" }), "variant"),
            (json!({ "variant": "var_00000000000000000000000000000000" }), "variant"),
            (json!({ "sku": "MUG", "options": { "a": "x".repeat(2_048) } }), "options"),
            (json!({ "sku": "MUG", "colour": 1 }), "colour"),
        ] {
            let answer = ada.client.post(&path, &line).await;
            assert_eq!(refused(&answer, 422, "invalid"), [at], "{line}");
        }
        for (change, at) in [
            (json!({ "email": "ada" }), "email"),
            (json!({ "billing": { "line1": "Weg 1" } }), "billing.city"),
            (json!({ "note": "x".repeat(2_001) }), "note"),
            (json!({ "shipping_method": "parcel" }), "shipping_method"),
            (json!({ "status": "ordered" }), "status"),
        ] {
            let answer = ada.client.patch(&cart, &change).await;
            assert!(refused(&answer, 422, "invalid").contains(&at.to_owned()), "{change}");
        }
        for code in ["", " ", &"x".repeat(65)] {
            let answer = ada.client.post(&format!("{cart}/codes"), &json!({ "code": code })).await;
            assert_eq!(refused(&answer, 422, "invalid"), ["code"]);
        }
        // Whoever has seen an older version, and whoever it is none of the business of.
        let stale = ada.client.having_seen(&seen);
        refused(&stale.post(&path, &json!({ "sku": "MUG" })).await, 412, "stale");
        refused(&stale.patch(&cart, &json!({ "note": "x" })).await, 412, "stale");
        for (client, foreign) in
            [(&eve.client, &cart), (&stranger.client, &cart), (&ada.client, &of_stranger)]
        {
            refused(&client.get(foreign).await, 404, "not-found");
            refused(
                &client.post(&format!("{foreign}/lines"), &json!({ "sku": "MUG" })).await,
                404,
                "not-found",
            );
            refused(&client.delete(foreign).await, 404, "not-found");
        }
        refused(&Client::nobody(&host).get(&cart).await, 404, "not-found");
        refused(
            &Client::nobody(&host).with("galleria-visit", "guess").get(&of_stranger).await,
            404,
            "not-found",
        );
        assert_eq!(test.dump().await["carts"], before);
        let off = format!("/admin/v1/customers/{}/deactivate", eve.id.as_ref().unwrap());
        good(&owner.order(&off).await);
        let answer = owner.post(CARTS, &json!({ "customer": eve.id })).await;
        refused(&answer, 409, "customer-inactive");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_first_and_adds_what_there_is() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        sell(&host, "CAP", &[(500, "EUR")], "standard").await;
        let nobody = Client::nobody(&host);
        let link = "/store/v1/checkout/add?product=MUG:2&product=NONE:1&product=CAP:1:3:month\
                    &voucher=summer&utm_source=mail";
        let before = test.dump().await;
        let shown = good(&nobody.get(link).await);
        assert_eq!(shown["products"].as_array().map(Vec::len), Some(2));
        assert_eq!(shown["problems"][0]["path"], "product.1");
        let after = test.dump().await;
        for table in ["carts", "visits", "events"] {
            assert_eq!(after[table], before[table], "{table}");
        }
        let added = nobody.order(link).await;
        let said = good(&added);
        assert_eq!(lines(&said["cart"]), [("MUG".to_owned(), 2), ("CAP".to_owned(), 1)]);
        assert_eq!(
            (&said["cart"]["codes"], &said["problems"][0]["path"]),
            (&json!(["SUMMER"]), &json!("product.1"))
        );
        assert!(added.headers["set-cookie"].to_str().unwrap().starts_with("galleria_visit="));
        let visitor = nobody.with("galleria-visit", said["visit_token"].as_str().unwrap());
        let again = good(&visitor.order("/store/v1/checkout/add?product=CAP:1&replace=true").await);
        assert_eq!(lines(&again["cart"]), [("CAP".to_owned(), 1)]);
        assert_eq!(
            (&again["cart"]["id"], &again["visit_token"]),
            (&said["cart"]["id"], &json!(null))
        );
        let seen = good(
            &Client::owner(&host)
                .get(&format!("{CARTS}/{}", said["cart"]["id"].as_str().unwrap()))
                .await,
        );
        assert_eq!(
            (&seen["origin"], &seen["lines"][0]["added_by"]),
            (&json!("link"), &json!("link"))
        );
        assert_eq!(seen["attribution"]["clicks"]["utm_source"], "mail");
        let many = vec!["product=MUG:1"; 51].join("&");
        for (query, path) in [
            (many.as_str(), "product"),
            ("product=MUG", "product.0"),
            ("product=MUG:1&colour=red", "colour"),
            ("currency=XXX", "currency"),
        ] {
            let answer = nobody.order(&format!("/store/v1/checkout/add?{query}")).await;
            assert_eq!(refused(&answer, 422, "invalid"), [path]);
        }
        let none = good(&visitor.order("/store/v1/checkout/add?product=MUG:10000").await);
        assert_eq!(
            (none["problems"][0]["path"].as_str(), lines(&none["cart"]).len()),
            (Some("product.0"), 1)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_uses_a_visit() {
    on_both(|test| async move {
        let host = TestHost::start(&test).await;
        sell(&host, "MUG", &[(1_000, "EUR")], "standard").await;
        let nobody = Client::nobody(&host);
        let cross = nobody.with("sec-fetch-site", "cross-site");
        refused(&cross.post(STORE_CARTS, &json!({})).await, 403, "cross-site");
        let begun = nobody.post(STORE_CARTS, &json!({})).await;
        let cart = made(&begun);
        let cookie = begun.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let browser = nobody.with("cookie", cookie.split(';').next().unwrap());
        assert_eq!(browser.get(&cart).await.status, 200);
        let line = json!({ "sku": "MUG" });
        let path = format!("{cart}/lines");
        refused(&browser.post(&path, &line).await, 403, "cross-site");
        let from_there = browser.with("sec-fetch-site", "cross-site");
        refused(&from_there.post(&path, &line).await, 403, "cross-site");
        good(&browser.with("sec-fetch-site", "same-origin").post(&path, &line).await);
        let token = begun.json()["visit_token"].as_str().unwrap().to_owned();
        for (table, rows) in test.dump().await {
            assert!(!rows.iter().any(|row| row.contains(&token)), "{table}");
        }
    })
    .await;
}
