//! What plugins keep: real tables made from declarations, the same on both databases.

use std::collections::BTreeMap;

use galleria_domain::{
    Bound, CustomerId, Expectation, IndexValue, Instant, Lookup, PluginId, StoreId, StoredEntity,
};
use galleria_manifest::{Entity, Field, FieldKind, Index};
use galleria_storage::entities::{
    self, EntityError, EntityTable, Meter, Place, Step, StorageQuota,
};
use galleria_storage::{Database, Mode, StorageError, Unit};
use galleria_tests::database::{on_both, on_postgres};
use serde_json::{Value, json};

mod declare;
mod model;
mod quota;
mod subject;

const NOW: Instant = Instant::from_micros(1_772_884_800_000_000);

/// A declaration in short: fields as `name:kind`, with `?` behind what may be missing; indexes as
/// `name:field,field`, with `!` before what is unique.
fn entity(fields: &[&str], indexes: &[&str]) -> Entity {
    let field = |text: &&str| {
        let (name, kind) = text.split_once(':').expect("name:kind");
        let optional = kind.ends_with('?');
        let kind = match kind.trim_end_matches('?') {
            "text" => FieldKind::Text,
            "number" => FieldKind::Number,
            "flag" => FieldKind::Flag,
            _ => FieldKind::Json,
        };
        (name.to_owned(), Field { kind, optional })
    };
    let index = |text: &&str| {
        let (name, fields) = text.split_once(':').expect("name:fields");
        let fields = fields.split(',').map(str::to_owned).collect();
        (name.trim_start_matches('!').to_owned(), Index { fields, unique: name.starts_with('!') })
    };
    Entity {
        subject: None,
        max_rows: None,
        fields: fields.iter().map(field).collect(),
        indexes: indexes.iter().map(index).collect(),
    }
}

/// One entity of one plugin, in one store.
struct Shelf {
    database: Database,
    plugin: PluginId,
    store: StoreId,
    meter: Meter,
    table: EntityTable,
}

impl Shelf {
    async fn new(database: Database, plugin: &str, entity: &Entity) -> Self {
        Self::with_quota(database, plugin, entity, StorageQuota::default()).await
    }

    async fn with_quota(
        database: Database,
        plugin: &str,
        entity: &Entity,
        quota: StorageQuota,
    ) -> Self {
        let plugin: PluginId = plugin.parse().expect("a plugin's id");
        declare(&database, &plugin, entity).await.expect("a declaration that fits");
        let table = load(&database, &plugin, entity).await;
        Self { database, plugin, store: StoreId::generate(), meter: Meter::new(quota), table }
    }

    fn place(&self) -> Place<'_> {
        Place { table: &self.table, store: &self.store, now: NOW }
    }

    fn unit(&self) -> Unit {
        self.database.unit(Mode::Write)
    }

    async fn put_in(
        &self,
        unit: &mut Unit,
        id: &str,
        body: &Value,
    ) -> Result<StoredEntity, EntityError> {
        let body = body.to_string();
        entities::put(unit, self.place(), &self.meter, Some(id), &body, Expectation::Anything).await
    }

    async fn put(&self, id: &str, body: &Value) -> Result<StoredEntity, EntityError> {
        let mut unit = self.unit();
        let stored = self.put_in(&mut unit, id, body).await?;
        unit.commit().await?;
        Ok(stored)
    }

    async fn body(&self, id: &str) -> Option<Value> {
        let mut unit = self.database.unit(Mode::Read);
        let stored =
            entities::get(&mut unit, &self.table, &self.store, id).await.expect("it can be read");
        stored.map(|stored| serde_json::from_str(&stored.body).expect("a body is JSON"))
    }

    async fn find(&self, lookup: &Lookup) -> Result<entities::EntityPage, EntityError> {
        let mut unit = self.database.unit(Mode::Read);
        entities::query(&mut unit, &self.table, &self.store, lookup).await
    }

    async fn ids(&self, lookup: &Lookup) -> Vec<String> {
        let page = self.find(lookup).await.expect("a lookup that fits");
        page.items.into_iter().map(|stored| stored.id).collect()
    }
}

async fn declare(
    database: &Database,
    plugin: &PluginId,
    entity: &Entity,
) -> Result<(), EntityError> {
    let declared = BTreeMap::from([("thing".to_owned(), entity.clone())]);
    let mut unit = database.unit(Mode::Write);
    entities::declare(&mut unit, plugin, &declared).await?;
    Ok(unit.commit().await?)
}

async fn load(database: &Database, plugin: &PluginId, entity: &Entity) -> EntityTable {
    let mut unit = database.unit(Mode::Read);
    let table = entities::load(&mut unit, plugin, "thing", entity).await;
    table.expect("it can be read").expect("it was declared")
}

fn text(value: &str) -> IndexValue {
    IndexValue::Text(value.to_owned())
}

fn by(index: &str) -> Lookup {
    Lookup { index: index.to_owned(), limit: 500, ..Lookup::default() }
}

#[tokio::test]
async fn a_clash_is_named_and_the_unit_goes_on() {
    on_both(async |database| {
        let entity = entity(&["email:text?", "name:text"], &["!by_email:email"]);
        let shelf = Shelf::new(database.open().await, "clash", &entity).await;
        let mut unit = shelf.unit();
        shelf
            .put_in(&mut unit, "a", &json!({ "email": "x@y", "name": "A" }))
            .await
            .expect("the first");
        shelf.put_in(&mut unit, "b", &json!({ "name": "B" })).await.expect("one without an email");
        for id in ["b", "c"] {
            let clash = shelf.put_in(&mut unit, id, &json!({ "email": "x@y", "name": "N" })).await;
            assert!(
                matches!(clash, Err(EntityError::Clash { index }) if index == "by_email"),
                "{id}"
            );
        }
        shelf
            .put_in(&mut unit, "d", &json!({ "name": "D" }))
            .await
            .expect("another without an email");
        shelf
            .put_in(&mut unit, "a", &json!({ "email": "x@y", "name": "A2" }))
            .await
            .expect("its own");
        unit.commit().await.expect("the unit is whole");
        assert_eq!(shelf.body("a").await, Some(json!({ "email": "x@y", "name": "A2" })));
        assert_eq!(shelf.body("b").await, Some(json!({ "name": "B" })));
        assert_eq!(shelf.body("c").await, None);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_done_whole_or_not_at_all() {
    on_both(async |database| {
        let entity = entity(&["email:text"], &["!by_email:email"]);
        let shelf = Shelf::new(database.open().await, "batch", &entity).await;
        let put = |id, body| Step::Put {
            table: &shelf.table,
            id: Some(id),
            body,
            expect: Expectation::Anything,
        };
        let delete = Step::Delete { table: &shelf.table, id: "a", expect: Expectation::Version(2) };
        let mut unit = shelf.unit();
        shelf.put_in(&mut unit, "k", &json!({ "email": "k" })).await.expect("the first");
        let clash = [put("a", r#"{"email":"a"}"#), put("b", r#"{"email":"a"}"#)];
        let answer = entities::batch(&mut unit, &shelf.meter, &shelf.store, &clash, NOW).await;
        assert!(matches!(answer, Err(EntityError::Clash { .. })));
        let good = [
            put("a", r#"{"email":"a"}"#),
            put("a", r#"{"email":"b"}"#),
            delete,
            put("k", r#"{"email":"a"}"#),
        ];
        let answer = entities::batch(&mut unit, &shelf.meter, &shelf.store, &good, NOW).await;
        assert_eq!(answer.expect("it goes through"), [1, 2, 0, 2]);
        unit.commit().await.expect("the unit is whole");
        assert_eq!(shelf.ids(&by("id")).await, ["k"]);
    })
    .await;
}

#[tokio::test]
async fn every_mistake_in_a_batch_is_told_before_anything_is_done() {
    on_both(async |database| {
        let entity = entity(&["email:text", "points:number?", "more:json?"], &["by_email:email"]);
        let shelf = Shelf::new(database.open().await, "mistakes", &entity).await;
        let long = "e".repeat(513);
        let bodies = [
            json!({ "email": "x" }).to_string(),
            json!({ "email": 1, "points": 1.5, "other": 1 }).to_string(),
            json!({ "email": null }).to_string(),
            json!({ "email": long }).to_string(),
            json!({ "email": "a\u{0}b" }).to_string(),
            r#"{"email":"a","email":"b"}"#.to_owned(),
            r#"{"email":"\ud800"}"#.to_owned(),
            format!(r#"{{"email":"a","more":{}1{}}}"#, "[".repeat(500), "]".repeat(500)),
            "[]".to_owned(),
            "{".to_owned(),
            format!(r#"{{"email":"{}"}}"#, "e".repeat(1 << 20)),
        ];
        let step = |body| Step::Put {
            table: &shelf.table,
            id: Some("a"),
            body,
            expect: Expectation::Absent,
        };
        let mut steps: Vec<_> = bodies.iter().map(|body| step(body.as_str())).collect();
        let long_id = "i".repeat(513);
        for id in ["", "a\nb", &long_id] {
            steps.push(Step::Delete { table: &shelf.table, id, expect: Expectation::Anything });
        }
        let mut unit = shelf.unit();
        let answer = entities::batch(&mut unit, &shelf.meter, &shelf.store, &steps, NOW).await;
        let Err(EntityError::Invalid(errors)) = answer else { panic!("{answer:?}") };
        let told: Vec<_> =
            errors.iter().map(|error| format!("{} {}", error.path, error.code)).collect();
        assert_eq!(
            told,
            [
                "steps.1.body.other unknown",
                "steps.1.body.email malformed",
                "steps.1.body.points malformed",
                "steps.2.body.email required",
                "steps.3.body.email too-long",
                "steps.4.body.email malformed",
                "steps.5.body.email malformed",
                "steps.6.body.email malformed",
                "steps.7.body.more malformed",
                "steps.8.body malformed",
                "steps.9.body malformed",
                "steps.10.body too-long",
                "steps.11.id required",
                "steps.12.id malformed",
                "steps.13.id too-long",
            ]
        );
        assert_eq!(unit.queries(), 0);
    })
    .await;
}

#[tokio::test]
async fn bodies_come_back_as_they_were_given() {
    on_both(async |database| {
        let entity = entity(&["name:text", "points:number", "on:flag", "plain:text?", "more:json?"], &["all:name,points,on"]);
        let shelf = Shelf::new(database.open().await, "bodies", &entity).await;
        let naughty = "\"\\/\t\n é e\u{301} 👩‍👩‍👧 \u{202e}rtl ' ; -- % _ <script> ${x} \u{feff}";
        for (nth, body) in [
            json!({ "name": naughty, "points": i64::MIN, "on": false, "plain": "\u{0}\u{1}", "more": [1.1, {"a": null}] }),
            json!({ "name": "", "points": i64::MAX, "on": true, "more": {"\u{0}": "\u{0}"} }),
            json!({ "name": "'; DROP TABLE customers; --", "points": 0, "on": true }),
        ]
        .iter()
        .enumerate()
        {
            let id = format!("id {nth} '\" é");
            let stored = shelf.put(&id, body).await.expect("it is kept");
            assert_eq!(serde_json::from_str::<Value>(&stored.body).expect("JSON"), *body);
            assert_eq!(shelf.body(&id).await.as_ref(), Some(body));
        }
    })
    .await;
}

#[tokio::test]
async fn a_cursor_is_good_only_for_the_query_it_came_from() {
    on_both(async |database| {
        let entity = entity(&["name:text", "on:flag"], &["by_name:name", "by_on:on,name"]);
        let shelf = Shelf::new(database.open().await, "cursors", &entity).await;
        for id in ["a", "b", "c"] {
            shelf.put(id, &json!({ "name": id, "on": true })).await.expect("it is kept");
        }
        let first = Lookup { limit: 1, ..by("by_name") };
        let next = shelf.find(&first).await.expect("a page").next;
        assert!(next.is_some());
        let same = Lookup { cursor: next.clone(), limit: 7, ..first.clone() };
        assert_eq!(shelf.ids(&same).await, ["b", "c"]);
        let others = [
            Lookup { index: "by_on".into(), ..same.clone() },
            Lookup { index: "id".into(), ..same.clone() },
            Lookup { descending: true, ..same.clone() },
            Lookup { equal: vec![text("a")], ..same.clone() },
            Lookup { lower: Some(Bound::Including(text("a"))), ..same.clone() },
            Lookup { cursor: Some("x".into()), ..same.clone() },
        ];
        for other in others {
            let answer = shelf.find(&other).await;
            let Err(EntityError::Invalid(errors)) = answer else { panic!("{other:?}") };
            assert_eq!(errors[0].path, "cursor", "{other:?}");
        }
        let elsewhere = StoreId::generate();
        let mut unit = shelf.database.unit(Mode::Read);
        let answer = entities::query(&mut unit, &shelf.table, &elsewhere, &same).await;
        assert!(matches!(answer, Err(EntityError::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn a_lookup_that_no_index_serves_is_refused() {
    on_both(async |database| {
        let entity =
            entity(&["name:text", "points:number", "more:json?"], &["by_name:name,points"]);
        let shelf = Shelf::new(database.open().await, "lookups", &entity).await;
        let bound = |value| Some(Bound::Including(value));
        for (lookup, path) in [
            (by("by_points"), "index"),
            (by("seq"), "index"),
            (Lookup { limit: 0, ..by("by_name") }, "limit"),
            (Lookup { equal: vec![IndexValue::Number(1)], ..by("by_name") }, "equal.0"),
            (Lookup { equal: vec![text("\0")], ..by("by_name") }, "equal.0"),
            (
                Lookup {
                    equal: vec![text("a"), IndexValue::Number(1), text("id")],
                    ..by("by_name")
                },
                "equal",
            ),
            (Lookup { lower: bound(IndexValue::Flag(true)), ..by("by_name") }, "lower"),
            (Lookup { upper: bound(text("a")), equal: vec![text("a")], ..by("by_name") }, "upper"),
            (Lookup { upper: bound(text("a")), equal: vec![text("a")], ..by("id") }, "upper"),
            (Lookup { lower: bound(text("a")), ..by("created") }, "lower"),
        ] {
            let answer = shelf.find(&lookup).await;
            let Err(EntityError::Invalid(errors)) = answer else {
                panic!("{lookup:?}: {answer:?}")
            };
            assert_eq!(errors[0].path, path, "{lookup:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_large_page_ends_early_and_still_leads_on() {
    on_both(async |database| {
        let entity = entity(&["blob:text", "n:number"], &["by_n:n"]);
        let shelf = Shelf::new(database.open().await, "large", &entity).await;
        let blob = "b".repeat(1_000_000);
        for n in 0..12 {
            shelf
                .put(&format!("{n:02}"), &json!({ "blob": blob, "n": n }))
                .await
                .expect("it is kept");
        }
        let first = shelf.find(&by("by_n")).await.expect("a page");
        assert_eq!(first.items.len(), 9);
        let second =
            shelf.find(&Lookup { cursor: first.next, ..by("by_n") }).await.expect("a page");
        assert_eq!((second.items.len(), second.next), (3, None));
        let ids: Vec<_> = (0..12).map(|n| format!("{n:02}")).collect();
        let mut unit = shelf.database.unit(Mode::Read);
        let answer = entities::get_many(&mut unit, &shelf.table, &shelf.store, &ids).await;
        assert!(matches!(answer, Err(EntityError::Quota { which: "answer-bytes", .. })));
    })
    .await;
}

#[tokio::test]
async fn a_write_is_one_statement() {
    on_both(async |database| {
        let database = database.open().await;
        let plain =
            Shelf::new(database.clone(), "plain", &entity(&["n:number"], &["by_n:n"])).await;
        let unique = Shelf::new(database, "unique", &entity(&["n:number"], &["!by_n:n"])).await;
        for (shelf, anew) in [(&plain, 1), (&unique, 2)] {
            shelf.put("first", &json!({ "n": 0 })).await.expect("it gets a lease");
            let queries = async |id: Option<&str>, n: i64, expect| {
                let mut unit = shelf.unit();
                let body = json!({ "n": n }).to_string();
                entities::put(&mut unit, shelf.place(), &shelf.meter, id, &body, expect)
                    .await
                    .expect("a write");
                let queries = unit.queries();
                unit.commit().await.expect("the unit is whole");
                queries
            };
            assert_eq!(queries(None, 1, Expectation::Anything).await, 1);
            assert_eq!(queries(Some("a"), 2, Expectation::Absent).await, 1);
            assert_eq!(queries(Some("a"), 3, Expectation::Version(1)).await, 1);
            assert_eq!(queries(Some("a"), 3, Expectation::Anything).await, anew);
            assert_eq!(queries(Some("b"), 4, Expectation::Anything).await, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn two_units_that_take_the_same_value_do_not_both_get_it() {
    on_postgres(async |database| {
        let entity = entity(&["n:number"], &["!by_n:n"]);
        let shelf = Shelf::new(database.open().await, "rivals", &entity).await;
        shelf.put("lease", &json!({ "n": 0 })).await.expect("it gets a lease");
        let (mut one, mut two) = (shelf.unit(), shelf.unit());
        shelf.put_in(&mut one, "a", &json!({ "n": 1 })).await.expect("the first");
        // Takes its snapshot before the first commits.
        assert!(
            entities::get(&mut two, &shelf.table, &shelf.store, "a")
                .await
                .expect("a read")
                .is_none()
        );
        let (one, two) = tokio::join!(one.commit(), async {
            shelf.put_in(&mut two, "b", &json!({ "n": 1 })).await
        });
        one.expect("the first is whole");
        assert!(matches!(two, Err(EntityError::Storage(StorageError::Again(_)))), "{two:?}");
        let again = shelf.put("b", &json!({ "n": 1 })).await;
        assert!(matches!(again, Err(EntityError::Clash { .. })));
    })
    .await;
}

#[tokio::test]
async fn units_that_write_other_rows_are_no_rivals() {
    on_postgres(async |database| {
        let entity = entity(&["n:number"], &["!by_n:n"]);
        let shelf = Shelf::new(database.open().await, "neighbours", &entity).await;
        shelf.put("lease", &json!({ "n": 0 })).await.expect("it gets a lease");
        let (mut one, mut two) = (shelf.unit(), shelf.unit());
        shelf.put_in(&mut one, "a", &json!({ "n": 1 })).await.expect("the first");
        shelf.put_in(&mut two, "b", &json!({ "n": 2 })).await.expect("the second");
        one.commit().await.expect("the first is whole");
        two.commit().await.expect("the second is whole");
        let mut unit = shelf.database.unit(Mode::Read);
        let used = entities::usage(&mut unit, &shelf.table, &shelf.store).await.expect("a sum");
        assert_eq!(used.rows, 3);
    })
    .await;
}

#[tokio::test]
async fn a_unit_that_reads_writes_nothing() {
    on_both(async |database| {
        let shelf = Shelf::new(database.open().await, "reader", &entity(&["n:number"], &[])).await;
        let mut unit = shelf.database.unit(Mode::Read);
        let answer = shelf.put_in(&mut unit, "a", &json!({ "n": 1 })).await;
        assert!(matches!(answer, Err(EntityError::Storage(StorageError::ReadOnly))));
        let deleted =
            entities::delete(&mut unit, &shelf.table, &shelf.store, "a", Expectation::Anything)
                .await;
        assert!(matches!(deleted, Err(EntityError::Storage(StorageError::ReadOnly))));
    })
    .await;
}
