//! Random work on a table and on a plain map, which must agree.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::*;

const CASES: usize = 24;

#[derive(Clone, Debug)]
struct Fields {
    name: Option<String>,
    points: Option<i64>,
    on: bool,
    rank: Option<i64>,
}

#[derive(Clone, Debug)]
enum Op {
    Put { store: usize, id: &'static str, fields: Fields, expect: Expectation },
    Delete { store: usize, id: &'static str, expect: Expectation },
    Increment { store: usize, id: &'static str, by: i64, at_least: Option<i64> },
    Look { store: usize, lookup: Lookup, page: u32 },
    Commit,
}

#[derive(Clone, Debug)]
struct Row {
    version: u64,
    created: i64,
    fields: Fields,
}

type Model = BTreeMap<(usize, String), Row>;

const IDS: [&str; 7] = ["", "a", "B", "é", "z z", "\"", "~"];

fn ids() -> impl Strategy<Value = &'static str> {
    select(&IDS[1..])
}

fn names() -> impl Strategy<Value = String> {
    select(vec!["", "a", "B", "b", "é", "Z", "ß", "a b", "👍"]).prop_map(str::to_owned)
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -2..3_i64, 1 => select(vec![i64::MIN, i64::MAX])]
}

fn expectations() -> impl Strategy<Value = Expectation> {
    prop_oneof![
        3 => Just(Expectation::Anything),
        1 => Just(Expectation::Absent),
        2 => (0..4_u64).prop_map(Expectation::Version),
    ]
}

fn all_fields() -> impl Strategy<Value = Fields> {
    (option::of(names()), option::of(numbers()), any::<bool>(), option::of(-1..2_i64))
        .prop_map(|(name, points, on, rank)| Fields { name, points, on, rank })
}

/// Values of the fields of an index, as many as wanted.
fn index_values(
    kinds: &'static [char],
) -> impl Strategy<Value = (Vec<IndexValue>, Option<Bound>, Option<Bound>)> {
    let value = |kind: char| match kind {
        't' => names().prop_map(IndexValue::Text).boxed(),
        'n' => numbers().prop_map(IndexValue::Number).boxed(),
        _ => any::<bool>().prop_map(IndexValue::Flag).boxed(),
    };
    (0..=kinds.len()).prop_flat_map(move |count| {
        let equal: Vec<_> = kinds[..count].iter().map(|kind| value(*kind)).collect();
        let bound = move || match kinds.get(count) {
            None => Just(None).boxed(),
            Some(kind) => {
                option::of((value(*kind), any::<bool>()).prop_map(|(value, including)| {
                    if including { Bound::Including(value) } else { Bound::Excluding(value) }
                }))
                .boxed()
            }
        };
        (equal, bound(), bound())
    })
}

const INDEXES: [(&str, &[char]); 6] = [
    ("id", &['t']),
    ("created", &['n']),
    ("by_points", &['n']),
    ("by_name", &['t', 'n']),
    ("by_all", &['f', 't', 'n']),
    ("by_rank", &['f', 'n']),
];

fn lookups() -> impl Strategy<Value = Lookup> {
    (select(INDEXES.to_vec()), any::<bool>()).prop_flat_map(|((index, kinds), descending)| {
        index_values(kinds).prop_map(move |(equal, lower, upper)| Lookup {
            index: index.to_owned(),
            equal,
            lower,
            upper,
            descending,
            limit: 500,
            cursor: None,
        })
    })
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0..2_usize, ids(), all_fields(), expectations())
            .prop_map(|(store, id, fields, expect)| Op::Put { store, id, fields, expect }),
        1 => (0..2_usize, ids(), expectations()).prop_map(|(store, id, expect)| Op::Delete { store, id, expect }),
        2 => (0..2_usize, ids(), numbers(), option::of(-1..2_i64))
            .prop_map(|(store, id, by, at_least)| Op::Increment { store, id, by, at_least }),
        4 => (0..2_usize, lookups(), 1..4_u32).prop_map(|(store, lookup, page)| Op::Look { store, lookup, page }),
        1 => Just(Op::Commit),
    ];
    vec(op, 1..80)
}

fn index_fields(index: &str) -> &'static [&'static str] {
    match index {
        "id" => &["id"],
        "created" => &["created"],
        "by_points" => &["points"],
        "by_name" => &["name", "points"],
        "by_all" => &["on", "name", "points"],
        _ => &["on", "rank"],
    }
}

fn field(id: &str, row: &Row, field: &str) -> Option<IndexValue> {
    match field {
        "id" => Some(text(id)),
        "created" => Some(IndexValue::Number(row.created)),
        "name" => row.fields.name.clone().map(IndexValue::Text),
        "points" => row.fields.points.map(IndexValue::Number),
        "on" => Some(IndexValue::Flag(row.fields.on)),
        _ => row.fields.rank.map(IndexValue::Number),
    }
}

/// What a lookup finds in the model, in order.
fn expected(model: &Model, store: usize, lookup: &Lookup) -> Vec<String> {
    let fields = index_fields(&lookup.index);
    let mut found: Vec<(Vec<Option<IndexValue>>, String)> = model
        .iter()
        .filter(|((at, _), _)| *at == store)
        .map(|((_, id), row)| {
            (fields.iter().map(|name| field(id, row, name)).collect(), id.clone())
        })
        .filter(|(key, _): &(Vec<_>, String)| {
            let equal =
                lookup.equal.iter().zip(key).all(|(wanted, value)| Some(wanted) == value.as_ref());
            let ranged = key.get(lookup.equal.len()).cloned().flatten();
            let above = |bound: &Bound| {
                ranged.as_ref().is_some_and(|value| match bound {
                    Bound::Including(least) => value >= least,
                    Bound::Excluding(least) => value > least,
                })
            };
            let below = |bound: &Bound| {
                ranged.as_ref().is_some_and(|value| match bound {
                    Bound::Including(most) => value <= most,
                    Bound::Excluding(most) => value < most,
                })
            };
            equal
                && lookup.lower.as_ref().is_none_or(above)
                && lookup.upper.as_ref().is_none_or(below)
        })
        .collect();
    found.sort();
    if lookup.descending {
        found.reverse();
    }
    found.into_iter().map(|(_, id)| id).collect()
}

/// What a write is to answer: the version, or what stands against it.
fn put_in_model(
    model: &mut Model,
    (store, id): (usize, &str),
    fields: &Fields,
    expect: Expectation,
    now: i64,
) -> Result<u64, String> {
    let there = model.get(&(store, id.to_owned()));
    expectation_met(there, expect)?;
    let clash = fields.rank.is_some()
        && model.iter().any(|((at, other), row)| {
            *at == store
                && other != id
                && row.fields.rank == fields.rank
                && row.fields.on == fields.on
        });
    if clash {
        return Err("clash by_rank".to_owned());
    }
    let version = there.map_or(1, |row| row.version + 1);
    let created = there.map_or(now, |row| row.created);
    model.insert((store, id.to_owned()), Row { version, created, fields: fields.clone() });
    Ok(version)
}

fn expectation_met(there: Option<&Row>, expect: Expectation) -> Result<(), String> {
    match (expect, there) {
        (Expectation::Absent, Some(_)) => Err("exists".to_owned()),
        (Expectation::Version(_), None) => Err("stale 0".to_owned()),
        (Expectation::Version(wanted), Some(row)) if wanted != row.version => {
            Err(format!("stale {}", row.version))
        }
        _ => Ok(()),
    }
}

fn told<T>(answer: Result<T, EntityError>) -> Result<T, String> {
    answer.map_err(|error| match error {
        EntityError::Stale(version) => format!("stale {version}"),
        EntityError::Exists => "exists".to_owned(),
        EntityError::Clash { index } => format!("clash {index}"),
        EntityError::NotFound => "not found".to_owned(),
        EntityError::OutOfBounds => "bounds".to_owned(),
        error => panic!("{error:?}"),
    })
}

fn body(fields: &Fields) -> Value {
    let Fields { name, points, on, rank } = fields;
    let mut body = json!({ "on": on });
    for (field, value) in [("name", json!(name)), ("points", json!(points)), ("rank", json!(rank))]
    {
        if !value.is_null() {
            body[field] = value;
        }
    }
    body
}

/// All pages of a lookup, each full but for the last.
async fn pages(
    unit: &mut Unit,
    shelf: &Shelf,
    store: &StoreId,
    lookup: &Lookup,
    page: u32,
) -> Vec<StoredEntity> {
    let mut all = Vec::new();
    let mut next = Lookup { limit: page, ..lookup.clone() };
    loop {
        let found =
            entities::query(unit, &shelf.table, store, &next).await.expect("a lookup that fits");
        let full = found.items.len() == page as usize;
        all.extend(found.items);
        match found.next {
            Some(cursor) => {
                assert!(full, "a page before the last is full");
                next.cursor = Some(cursor);
            }
            None => return all,
        }
    }
}

async fn run(shelf: &Shelf, stores: &[StoreId; 2], ops: Vec<Op>) {
    let mut model = Model::new();
    let mut unit = shelf.unit();
    for (at, op) in ops.into_iter().enumerate() {
        // Two neighbours are of the same time.
        let now = NOW.as_micros() + i64::try_from(at / 2).expect("small");
        let place = |store: usize| Place {
            table: &shelf.table,
            store: &stores[store],
            now: Instant::from_micros(now),
        };
        match op {
            Op::Put { store, id, fields, expect } => {
                let given = body(&fields);
                let answer = entities::put(
                    &mut unit,
                    place(store),
                    &shelf.meter,
                    Some(id),
                    &given.to_string(),
                    expect,
                )
                .await;
                let wanted = put_in_model(&mut model, (store, id), &fields, expect, now);
                assert_eq!(told(answer.map(|stored| stored.version)), wanted);
            }
            Op::Delete { store, id, expect } => {
                let answer =
                    entities::delete(&mut unit, &shelf.table, &stores[store], id, expect).await;
                let key = (store, id.to_owned());
                let met = expectation_met(model.get(&key), expect);
                let wanted = met.map(|()| model.remove(&key).is_some());
                assert_eq!(told(answer), wanted);
            }
            Op::Increment { store, id, by, at_least } => {
                let answer =
                    entities::increment(&mut unit, place(store), id, "points", by, at_least).await;
                let row = model.get_mut(&(store, id.to_owned()));
                let wanted = row.ok_or_else(|| "not found".to_owned()).and_then(|row| {
                    let sum = row.fields.points.unwrap_or(0).checked_add(by);
                    let sum = sum
                        .filter(|sum| at_least.is_none_or(|least| *sum >= least))
                        .ok_or("bounds")?;
                    row.fields.points = Some(sum);
                    row.version += 1;
                    Ok(sum)
                });
                assert_eq!(told(answer), wanted);
            }
            Op::Look { store, lookup, page } => {
                let found = pages(&mut unit, shelf, &stores[store], &lookup, page).await;
                let ids: Vec<_> = found.iter().map(|stored| stored.id.clone()).collect();
                let wanted = expected(&model, store, &lookup);
                assert_eq!(ids, wanted, "{lookup:?}");
                for stored in found {
                    let row = &model[&(store, stored.id)];
                    let read: Value = serde_json::from_str(&stored.body).expect("a body is JSON");
                    assert_eq!((read, stored.version), (body(&row.fields), row.version));
                    assert_eq!(stored.created_at.as_micros(), row.created);
                }
                let count = entities::count(&mut unit, &shelf.table, &stores[store], &lookup).await;
                assert_eq!(count.expect("a count"), wanted.len() as u64);
            }
            Op::Commit => {
                unit.commit().await.expect("the unit is whole");
                unit = shelf.unit();
            }
        }
    }
    unit.commit().await.expect("the unit is whole");
}

#[tokio::test]
async fn a_table_does_what_a_plain_map_would_do() {
    on_both(async |database| {
        let entity = entity(
            &["name:text?", "points:number?", "on:flag", "rank:number?"],
            &[
                "by_points:points",
                "by_name:name,points",
                "by_all:on,name,points",
                "!by_rank:on,rank",
            ],
        );
        let mut runner = TestRunner::default();
        let shelf = Shelf::new(database.open().await, "model", &entity).await;
        for _ in 0..CASES {
            let ops = ops().new_tree(&mut runner).expect("a case").current();
            eprintln!("{ops:?}");
            run(&shelf, &[StoreId::generate(), StoreId::generate()], ops).await;
        }
    })
    .await;
}
