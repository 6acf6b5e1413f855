use galleria_storage::entities::Usage;

use super::*;

async fn used(shelf: &Shelf) -> Usage {
    let mut unit = shelf.database.unit(Mode::Read);
    entities::usage(&mut unit, &shelf.table, &shelf.store).await.expect("a sum")
}

#[tokio::test]
async fn what_is_kept_is_counted_to_the_byte() {
    on_both(async |database| {
        let shelf =
            Shelf::new(database.open().await, "count", &entity(&["t:text"], &["by_t:t"])).await;
        let size = |id: &str, body: &Value| (id.len() + body.to_string().len()) as u64;
        let (short, long) = (json!({ "t": "a" }), json!({ "t": "a".repeat(100) }));
        shelf.put("a", &short).await.expect("a write");
        shelf.put("b", &long).await.expect("a write");
        shelf.put("a", &long).await.expect("a write");
        shelf.put("a", &long).await.expect("a write");
        let both = size("a", &long) + size("b", &long);
        assert_eq!(used(&shelf).await, Usage { entity_rows: 2, rows: 2, bytes: both });
        let mut undone = shelf.unit();
        shelf.put_in(&mut undone, "c", &long).await.expect("a write");
        undone.rollback().await.expect("an end");
        assert_eq!(used(&shelf).await.rows, 2);
        let mut unit = shelf.unit();
        let there =
            entities::delete(&mut unit, &shelf.table, &shelf.store, "a", Expectation::Anything)
                .await;
        assert!(there.expect("a delete"));
        unit.commit().await.expect("the unit is whole");
        assert_eq!(used(&shelf).await, Usage { entity_rows: 1, rows: 1, bytes: size("b", &long) });
    })
    .await;
}

#[tokio::test]
async fn exactly_so_many_rows_fit() {
    on_both(async |database| {
        for most in [1, 3, 40] {
            let mut entity = entity(&["n:number"], &[]);
            entity.max_rows = Some(most);
            let plugin = format!("rows{most}");
            let shelf = Shelf::new(database.open().await, &plugin, &entity).await;
            for n in 0..most {
                shelf.put(&n.to_string(), &json!({ "n": 1 })).await.expect("it fits");
            }
            let mut unit = shelf.unit();
            let over = shelf.put_in(&mut unit, "over", &json!({ "n": 1 })).await;
            assert!(matches!(over, Err(EntityError::Quota { which: "rows", allowed }) if allowed == most));
            shelf.put_in(&mut unit, "0", &json!({ "n": 2 })).await.expect("one that is there can change");
            entities::delete(&mut unit, &shelf.table, &shelf.store, "0", Expectation::Anything).await.expect("a delete");
            shelf.put_in(&mut unit, "over", &json!({ "n": 1 })).await.expect("there is room again");
            unit.commit().await.expect("the unit is whole");
            assert_eq!(used(&shelf).await.rows, most);
            shelf.database.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn exactly_so_many_bytes_fit() {
    on_both(async |database| {
        let quota = StorageQuota { rows: 1_000, bytes: 1_000 };
        let entity = entity(&["t:text"], &[]);
        let shelf = Shelf::with_quota(database.open().await, "bytes", &entity, quota).await;
        let sized = |size: usize| json!({ "t": "a".repeat(size - 1 - json!({ "t": "" }).to_string().len()) });
        for (id, size) in [("a", 10), ("b", 490), ("c", 400)] {
            shelf.put(id, &sized(size)).await.expect("it fits");
        }
        let mut unit = shelf.unit();
        let over = shelf.put_in(&mut unit, "d", &sized(101)).await;
        assert!(matches!(over, Err(EntityError::Quota { which: "bytes", allowed: 1_000 })));
        let over = shelf.put_in(&mut unit, "a", &sized(111)).await;
        assert!(matches!(over, Err(EntityError::Quota { which: "bytes", .. })));
        shelf.put_in(&mut unit, "a", &sized(110)).await.expect("just so");
        shelf.put_in(&mut unit, "b", &sized(489)).await.expect("less always fits");
        unit.commit().await.expect("the unit is whole");
        assert_eq!(used(&shelf).await.bytes, 999);
    })
    .await;
}

#[tokio::test]
async fn stores_do_not_share_what_is_allowed() {
    on_both(async |database| {
        let mut entity = entity(&["n:number"], &[]);
        entity.max_rows = Some(1);
        let mut shelf = Shelf::new(database.open().await, "stores", &entity).await;
        shelf.put("a", &json!({ "n": 1 })).await.expect("it fits");
        shelf.store = StoreId::generate();
        assert_eq!(shelf.body("a").await, None);
        shelf.put("a", &json!({ "n": 1 })).await.expect("it fits here, too");
    })
    .await;
}
