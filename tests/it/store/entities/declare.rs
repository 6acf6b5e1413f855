use super::*;

#[tokio::test]
async fn a_new_version_may_add_fields_and_indexes_to_what_is_stored() {
    on_both(async |database| {
        let before = entity(&["name:text", "points:number?"], &["by_name:name"]);
        let mut shelf = Shelf::new(database.open().await, "grow", &before).await;
        for (id, points) in [("a", json!(3)), ("b", Value::Null), ("c", json!(1)), ("d", json!(2))]
        {
            shelf.put(id, &json!({ "name": "n", "points": points })).await.expect("a write");
        }
        let after = entity(
            &["name:text", "points:number?", "on:flag?"],
            &["by_points:points", "!by_on:on,points"],
        );
        declare(&shelf.database, &shelf.plugin, &after).await.expect("an extension");
        declare(&shelf.database, &shelf.plugin, &after).await.expect("the same again");
        shelf.table = load(&shelf.database, &shelf.plugin, &after).await;
        assert_eq!(shelf.ids(&by("by_points")).await, ["b", "c", "d", "a"]);
        let at_least_two =
            Lookup { lower: Some(Bound::Including(IndexValue::Number(2))), ..by("by_points") };
        assert_eq!(shelf.ids(&at_least_two).await, ["d", "a"]);
        assert_eq!(shelf.body("a").await, Some(json!({ "name": "n", "points": 3 })));
        shelf.put("e", &json!({ "name": "n", "points": 3, "on": true })).await.expect("a write");
        let clash = shelf.put("f", &json!({ "name": "n", "points": 3, "on": true })).await;
        assert!(matches!(clash, Err(EntityError::Clash { index }) if index == "by_on"));
    })
    .await;
}

#[tokio::test]
async fn the_version_before_learns_of_the_new_table_and_goes_on() {
    on_both(async |database| {
        let before = entity(&["name:text", "points:number?"], &["by_name:name"]);
        let mut shelf = Shelf::new(database.open().await, "drain", &before).await;
        shelf.put("a", &json!({ "name": "n", "points": 1 })).await.expect("a write");
        let after = entity(&["name:text", "points:number?"], &["by_points:points"]);
        declare(&shelf.database, &shelf.plugin, &after).await.expect("an extension");
        let moved = shelf.put("b", &json!({ "name": "n", "points": 2 })).await;
        assert!(matches!(moved, Err(EntityError::Moved)), "{moved:?}");
        shelf.table = load(&shelf.database, &shelf.plugin, &before).await;
        shelf.put("b", &json!({ "name": "n", "points": 2 })).await.expect("a write");
        assert_eq!(shelf.ids(&by("by_name")).await, ["a", "b"]);
        shelf.table = load(&shelf.database, &shelf.plugin, &after).await;
        assert_eq!(shelf.ids(&by("by_points")).await, ["a", "b"]);
        assert_eq!(shelf.body("b").await, Some(json!({ "name": "n", "points": 2 })));
    })
    .await;
}

#[tokio::test]
async fn a_declaration_that_does_not_fit_what_is_stored_is_refused_and_changes_nothing() {
    on_both(async |database| {
        let before = entity(&["name:text", "points:number", "note:text"], &["by_name:name"]);
        let shelf = Shelf::new(database.open().await, "refuse", &before).await;
        let note = "x".repeat(600);
        shelf.put("a", &json!({ "name": "n", "points": 1, "note": note })).await.expect("a write");
        shelf.put("b", &json!({ "name": "n", "points": 1, "note": "" })).await.expect("a write");
        for (after, words) in [
            (entity(&["name:number"], &[]), "`name`"),
            (entity(&["name:text", "points:number"], &["!u:name,points"]), "`name`, `points`"),
            (entity(&["name:text", "note:text"], &["by_note:note"]), "`note`"),
        ] {
            let refused = declare(&shelf.database, &shelf.plugin, &after).await;
            assert!(
                matches!(&refused, Err(EntityError::Refused(why)) if why.contains(words)),
                "{refused:?}"
            );
        }
        shelf
            .put("c", &json!({ "name": "n", "points": 1, "note": "" }))
            .await
            .expect("the table is as it was");
        assert_eq!(shelf.ids(&by("by_name")).await, ["a", "b", "c"]);
    })
    .await;
}

#[tokio::test]
async fn names_that_the_databases_know_are_names_like_others() {
    on_both(async |database| {
        let words = ["select", "order", "table", "user", "body", "size", "rowid", "new", "old"];
        let fields: Vec<_> = words.iter().map(|word| format!("{word}:text")).collect();
        let indexes: Vec<_> = words.iter().take(8).map(|word| format!("{word}:{word}")).collect();
        let refs =
            |list: &'_ [String]| list.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let (fields, indexes) = (refs(&fields), refs(&indexes));
        let entity =
            entity(&fields.split(' ').collect::<Vec<_>>(), &indexes.split(' ').collect::<Vec<_>>());
        let shelf = Shelf::new(database.open().await, "words", &entity).await;
        let body: Value = words
            .iter()
            .map(|word| ((*word).to_owned(), json!(word)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        shelf.put("a", &body).await.expect("a write");
        assert_eq!(shelf.ids(&Lookup { equal: vec![text("size")], ..by("size") }).await, ["a"]);
        assert_eq!(shelf.body("a").await, Some(body));
    })
    .await;
}

#[tokio::test]
async fn nothing_stays_when_all_is_dropped() {
    on_both(async |database| {
        let entity = entity(&["n:number"], &["by_n:n"]);
        let mut shelf = Shelf::new(database.open().await, "gone", &entity).await;
        shelf.put("a", &json!({ "n": 1 })).await.expect("a write");
        let mut unit = shelf.unit();
        assert_eq!(entities::drop_all(&mut unit, &shelf.plugin).await.expect("a drop"), 1);
        unit.commit().await.expect("the unit is whole");
        let lost = shelf.put("a", &json!({ "n": 1 })).await;
        assert!(matches!(lost, Err(EntityError::Moved)));
        declare(&shelf.database, &shelf.plugin, &entity).await.expect("a fresh start");
        shelf.table = load(&shelf.database, &shelf.plugin, &entity).await;
        assert_eq!(shelf.body("a").await, None);
        let mut unit = shelf.database.unit(Mode::Read);
        let used = entities::usage(&mut unit, &shelf.table, &shelf.store).await.expect("a sum");
        assert_eq!((used.rows, used.bytes), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn hosts_that_declare_at_once_end_up_with_the_same_table() {
    on_postgres(async |database| {
        let (one, two) = (database.open().await, database.open().await);
        let plugin: PluginId = "both".parse().expect("a plugin's id");
        let first = entity(&["n:number", "m:number"], &["by_n:n"]);
        let second = entity(&["n:number", "m:number"], &["by_n:n", "!by_m:m"]);
        for entity in [&first, &second] {
            let insistent = async |database: &Database| loop {
                match declare(database, &plugin, entity).await {
                    Err(EntityError::Storage(StorageError::Again(_))) => {}
                    ended => break ended,
                }
            };
            let (a, b, c) = tokio::join!(insistent(&one), insistent(&two), insistent(&two));
            assert!(a.is_ok() && b.is_ok() && c.is_ok(), "{a:?} {b:?} {c:?}");
        }
        let shelf = Shelf::new(one, "both", &second).await;
        shelf.put("a", &json!({ "n": 1, "m": 1 })).await.expect("a write");
        assert_eq!(shelf.ids(&by("by_m")).await, ["a"]);
    })
    .await;
}
