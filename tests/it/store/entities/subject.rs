use super::*;

#[tokio::test]
async fn a_person_is_found_and_erased_in_all_tables_without_the_plugins() {
    on_both(async |database| {
        let database = database.open().await;
        let mut about = entity(&["who:text?", "n:number"], &["by_n:n"]);
        about.subject = Some("who".to_owned());
        let one = Shelf::new(database.clone(), "one", &about).await;
        about.indexes.insert(
            "by_who".to_owned(),
            Index { fields: vec!["who".to_owned(), "n".to_owned()], unique: false },
        );
        let mut two = Shelf::new(database.clone(), "two", &about).await;
        two.store = one.store.clone();
        let none =
            Shelf::new(database.clone(), "none", &entity(&["who:text"], &["by_who:who"])).await;
        let (ada, eve) = (CustomerId::generate(), CustomerId::generate());
        for (shelf, id, who) in
            [(&one, "a", &ada), (&one, "b", &ada), (&one, "c", &eve), (&two, "a", &ada)]
        {
            shelf.put(id, &json!({ "who": who, "n": 7 })).await.expect("a write");
        }
        one.put("nobody", &json!({ "n": 7 })).await.expect("a write");
        none.put("a", &json!({ "who": ada })).await.expect("a write");

        let mut unit = database.unit(Mode::Write);
        let tables = entities::subject_tables(&mut unit).await.expect("a list");
        let names: Vec<_> = tables.iter().map(|table| (table.plugin(), table.entity())).collect();
        assert_eq!(names, [("one", "thing"), ("two", "thing")]);
        let mut found = Vec::new();
        for table in &tables {
            let mut after: Option<String> = None;
            loop {
                let rows = entities::subject_export(
                    &mut unit,
                    table,
                    &one.store,
                    &ada,
                    after.as_deref(),
                    1,
                )
                .await;
                let Some(row) = rows.expect("a page").pop() else { break };
                let body: Value = serde_json::from_str(&row.row.body).expect("a body is JSON");
                assert_eq!(body, json!({ "who": ada, "n": 7 }));
                after = Some(row.row.id.clone());
                found.push(format!("{} {}", row.plugin, row.row.id));
            }
        }
        assert_eq!(found, ["one a", "one b", "two a"]);

        let erased = entities::subject_erase(&mut unit, &one.store, &ada).await.expect("a receipt");
        let erased: Vec<_> =
            erased.iter().map(|(plugin, _, rows)| (plugin.as_str(), *rows)).collect();
        assert_eq!(erased, [("one", 2), ("two", 1)]);
        unit.commit().await.expect("the unit is whole");
        assert_eq!(one.ids(&by("id")).await, ["c", "nobody"]);
        let mut unit = database.unit(Mode::Read);
        let used = entities::usage(&mut unit, &one.table, &one.store).await.expect("a sum");
        assert_eq!(used.rows, 2);
    })
    .await;
}
