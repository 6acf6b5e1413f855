//! Settings: valid against their schema, per store, with defaults.

use galleria_app::settings::{self, Settings, SettingsScope};
use galleria_app::{AppError, Caller, stores, unit};
use galleria_domain::{Permission, Rights, StoreChange, StoreId};
use galleria_tests::database::on_both;
use galleria_tests::shop::TestShop;
use serde_json::{Map, Value, json};

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn schema() -> Map<String, Value> {
    object(json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "greeting": { "type": "string", "default": "hello", "maxLength": 20 },
            "rate": { "type": "integer", "minimum": 0, "default": 3 },
        },
    }))
}

fn scope() -> SettingsScope {
    SettingsScope::Plugin("customer-roles".parse().unwrap())
}

async fn set(
    shop: &TestShop,
    store: Option<&StoreId>,
    value: Value,
    expected: Option<u64>,
) -> Result<Settings, AppError> {
    let (owner, value) = (shop.owner(), object(value));
    unit!(shop.app.write(&owner), work => {
        settings::set(work, &scope(), store, &schema(), value.clone(), expected).await
    })
}

async fn current(shop: &TestShop, store: &StoreId) -> Value {
    let caller = Caller { store: store.clone(), ..shop.owner() };
    let settings =
        unit!(shop.app.read(&caller), work => settings::current(work, &scope(), &schema()).await);
    Value::Object(settings.unwrap().value)
}

async fn second_store(shop: &TestShop) -> StoreId {
    let owner = shop.owner();
    let draft = StoreChange {
        name: Some("Second".into()),
        default_currency: Some("EUR".into()),
        ..StoreChange::default()
    };
    unit!(shop.app.write(&owner), work => stores::create(work, &draft).await).unwrap().id
}

#[tokio::test]
async fn a_store_has_its_own_settings_else_those_for_all_else_the_defaults() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let (first, second) = (shop.store.clone(), second_store(&shop).await);
        assert_eq!(current(&shop, &first).await, json!({ "greeting": "hello", "rate": 3 }));
        set(&shop, None, json!({ "greeting": "hi" }), None).await.unwrap();
        set(&shop, Some(&second), json!({ "rate": 9 }), None).await.unwrap();
        assert_eq!(current(&shop, &first).await, json!({ "greeting": "hi", "rate": 3 }));
        assert_eq!(current(&shop, &second).await, json!({ "greeting": "hello", "rate": 9 }));
        let owner = shop.owner();
        unit!(shop.app.write(&owner), work => {
            settings::reset(work, &scope(), Some(&second), None).await
        })
        .unwrap();
        assert_eq!(current(&shop, &second).await, json!({ "greeting": "hi", "rate": 3 }));
    })
    .await;
}

#[tokio::test]
async fn settings_of_one_plugin_are_not_those_of_another_nor_of_the_host() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        set(&shop, None, json!({ "rate": 9 }), None).await.unwrap();
        let owner = shop.owner();
        // A plugin may be called anything, also this.
        for scope in [SettingsScope::Host, SettingsScope::Plugin("host".parse().unwrap())] {
            let found = unit!(shop.app.read(&owner), work => {
                settings::current(work, &scope, &schema()).await
            })
            .unwrap();
            assert_eq!((found.version, &found.value["rate"]), (0, &json!(3)));
        }
    })
    .await;
}

#[tokio::test]
async fn settings_that_are_not_valid_change_nothing() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let bad = json!({ "greeting": 1, "rate": -1, "other": true });
        let Err(AppError::Invalid(errors)) = set(&shop, None, bad, None).await else {
            panic!("it must be refused")
        };
        let mut paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["greeting", "other", "rate"]);
        let store = shop.store.clone();
        assert_eq!(current(&shop, &store).await, json!({ "greeting": "hello", "rate": 3 }));
    })
    .await;
}

#[tokio::test]
async fn a_version_that_is_not_the_one_stored_is_stale() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        assert_eq!(set(&shop, None, json!({}), Some(0)).await.unwrap().version, 1);
        assert_eq!(set(&shop, None, json!({ "rate": 4 }), Some(1)).await.unwrap().version, 2);
        for stale in [0, 1, 3] {
            let answer = set(&shop, None, json!({ "rate": 5 }), Some(stale)).await;
            assert!(matches!(answer, Err(AppError::Stale(2))));
        }
    })
    .await;
}

#[tokio::test]
async fn settings_are_for_who_may_see_and_who_may_change_them() {
    on_both(|test| async move {
        let shop = TestShop::open(&test).await;
        let rights = Rights::only([Permission::SettingsRead.into()]);
        let reader = Caller { rights: rights.into(), ..shop.owner() };
        let answer = unit!(shop.app.write(&reader), work => {
            settings::set(work, &scope(), None, &schema(), Map::new(), None).await
        });
        assert!(
            matches!(answer, Err(AppError::PermissionDenied(name)) if name == "settings:write")
        );
        let stranger = shop.visitor("192.0.2.1");
        let answer = unit!(shop.app.read(&stranger), work => {
            settings::current(work, &scope(), &schema()).await
        });
        assert!(matches!(answer, Err(AppError::PermissionDenied(name)) if name == "settings:read"));
    })
    .await;
}
