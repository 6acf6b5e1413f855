//! Tables for what manifests declare.

use std::collections::BTreeMap;
use std::sync::Arc;

use galleria_domain::PluginId;
use galleria_manifest::{Entity, FieldKind};

use super::ddl::Ddl;
use super::layout::{IndexShape, Layout};
use super::value::{Column, bind_column, extract};
use super::{EntityError, EntityTable, Result, names, sql};
use crate::conn::on;
use crate::error::StorageError;
use crate::unit::Unit;

/// How many rows are brought into a new layout at a time.
const SLICE: i64 = 500;

/// A table that was made for an entity.
pub(super) struct Made {
    pub(super) plugin: String,
    pub(super) entity: String,
    pub(super) number: i64,
    pub(super) table: String,
    pub(super) layout: Layout,
}

type MadeRow = (String, String, i64, String, String);

impl TryFrom<MadeRow> for Made {
    type Error = StorageError;

    fn try_from((plugin, entity, number, table, layout): MadeRow) -> Result<Self, Self::Error> {
        let layout = serde_json::from_str(&layout)
            .map_err(|error| StorageError::corrupt("plugin_entities.layout", error))?;
        Ok(Self { plugin, entity, number, table, layout })
    }
}

/// Makes the tables of a plugin's entities, or extends those that are there.
///
/// New entities, fields and indexes are added; rows that are stored get their columns. Fields that
/// are gone keep theirs, indexes that are gone are dropped. Another type of a field, and a unique
/// index over values that clash, are [refused](EntityError::Refused), and the unit is to be undone.
/// Doing it again changes nothing. Several hosts may do it at once. The unit should begin with it,
/// and end with the version that declares in place of the one before: its indexes are other ones,
/// and a unique index holds for whoever writes.
pub async fn declare(
    unit: &mut Unit,
    plugin: &PluginId,
    entities: &BTreeMap<String, Entity>,
) -> Result<()> {
    unit.require_write()?;
    lock(unit).await?;
    let mut made = made_for(unit, plugin).await?;
    for (name, entity) in entities {
        names::checked(name)?;
        let before = made.remove(name);
        let layout = before.as_ref().map(|made| made.layout.clone()).unwrap_or_default();
        let next = layout.extended(name, entity)?;
        match before {
            None => create(unit, plugin, name, next).await.map_err(rival)?,
            Some(made) if next != made.layout => extend(unit, made, next).await.map_err(rival)?,
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether the tables of a plugin's entities are there, and [`declare`] would change nothing.
pub async fn is_declared(
    unit: &mut Unit,
    plugin: &PluginId,
    entities: &BTreeMap<String, Entity>,
) -> Result<bool> {
    let made = made_for(unit, plugin).await?;
    for (name, entity) in entities {
        let Some(made) = made.get(name) else { return Ok(false) };
        if made.layout.extended(name, entity)? != made.layout {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The table of an entity as it is now; `None` if it was never declared.
pub async fn load(
    unit: &mut Unit,
    plugin: &PluginId,
    name: &str,
    entity: &Entity,
) -> Result<Option<EntityTable>> {
    let made = made_for(unit, plugin).await?.remove(name);
    made.map(|made| EntityTable::new(plugin, name, entity, made.table, made.layout)).transpose()
}

/// Drops all tables of a plugin with everything in them; answers how many there were.
pub async fn drop_all(unit: &mut Unit, plugin: &PluginId) -> Result<usize> {
    unit.require_write()?;
    lock(unit).await?;
    let made = made_for(unit, plugin).await?;
    for made in made.values() {
        run(unit, format!("DROP TABLE {}", made.table)).await?;
    }
    for text in [
        "DELETE FROM plugin_entities WHERE plugin = $1",
        "DELETE FROM plugin_usage WHERE plugin = $1",
    ] {
        on!(unit, conn => {
            sqlx::query(text).bind(plugin.as_str()).execute(conn).await?;
        });
    }
    Ok(made.len())
}

/// All tables that there are, of all plugins.
pub(super) async fn all_made(unit: &mut Unit) -> Result<Vec<Made>> {
    const SQL: &str = "SELECT plugin, entity, number, table_name, layout FROM plugin_entities ORDER BY plugin, entity";
    let rows: Vec<MadeRow> = on!(unit, conn => sqlx::query_as(SQL).fetch_all(conn).await?);
    Ok(rows.into_iter().map(Made::try_from).collect::<Result<_, _>>()?)
}

async fn made_for(unit: &mut Unit, plugin: &PluginId) -> Result<BTreeMap<String, Made>> {
    const SQL: &str =
        "SELECT plugin, entity, number, table_name, layout FROM plugin_entities WHERE plugin = $1";
    let rows: Vec<MadeRow> =
        on!(unit, conn => sqlx::query_as(SQL).bind(plugin.as_str()).fetch_all(conn).await?);
    let made = rows.into_iter().map(Made::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(made.into_iter().map(|made| (made.entity.clone(), made)).collect())
}

/// Keeps other hosts from declaring. SQLite has one writer anyway.
async fn lock(unit: &mut Unit) -> Result<()> {
    if !unit.is_postgres() {
        return Ok(());
    }
    // As the first statements of the unit they come before its snapshot, which then shows what the
    // host before did.
    for text in [
        "SET LOCAL lock_timeout = '10s'",
        "SET LOCAL statement_timeout = '5min'",
        "LOCK TABLE plugin_entities IN SHARE ROW EXCLUSIVE MODE",
    ] {
        run(unit, text.to_owned()).await?;
    }
    Ok(())
}

/// SQLSTATEs of what two hosts meet that make the same thing at once: the table, column or index
/// is there already, or its row in the catalog was changed meanwhile.
const RIVAL: [&str; 5] = ["42P07", "42701", "42710", "23505", "XX000"];

/// A unit that ran into a rival is to be run again.
fn rival(error: EntityError) -> EntityError {
    match error {
        EntityError::Moved => StorageError::Again("the table was renamed meanwhile".into()).into(),
        EntityError::Storage(StorageError::Unavailable(cause)) => {
            let state =
                cause.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
            let state = state.and_then(sqlx::error::DatabaseError::code);
            let met = state.is_some_and(|state| RIVAL.contains(&state.as_ref()));
            EntityError::Storage(if met {
                StorageError::Again(cause)
            } else {
                StorageError::Unavailable(cause)
            })
        }
        error => error,
    }
}

async fn create(unit: &mut Unit, plugin: &PluginId, name: &str, layout: Layout) -> Result<()> {
    const SQL: &str = "INSERT INTO plugin_entities (plugin, entity, number, table_name, layout) \
                       VALUES ($1, $2, $3, $4, $5)";
    let number = plugin_number(unit, plugin).await?;
    let base = names::base(number, name);
    let table = names::table(&base, layout.number);
    let ddl = Ddl::new(unit.is_postgres());
    let column = |(field, kind): (&String, &FieldKind)| {
        format!(", {} {}", names::column(field), ddl.kind(*kind))
    };
    let columns = names::concat(layout.columns.iter().map(column));
    let (text, number_kind, end) = (ddl.text, ddl.number, ddl.end);
    run(
        unit,
        format!(
            "CREATE TABLE {table} (store_id {text} NOT NULL, id {text} NOT NULL, \
             version {number_kind} NOT NULL, created_at {number_kind} NOT NULL, \
             updated_at {number_kind} NOT NULL, body {text} NOT NULL, size {number_kind} NOT NULL{columns}, \
             PRIMARY KEY (store_id, id)){end}"
        ),
    )
    .await?;
    run(unit, format!("CREATE INDEX {base}_created ON {table} (store_id, created_at, id)")).await?;
    for index in &layout.indexes {
        run(unit, ddl.index(&base, &table, index)).await?;
    }
    for text in ddl.triggers(&base, &table, plugin, name) {
        run(unit, text).await?;
    }
    let layout = json(&layout);
    on!(unit, conn => {
        let query = sqlx::query(SQL).bind(plugin.as_str()).bind(name).bind(number);
        query.bind(table).bind(layout).execute(conn).await?;
    });
    Ok(())
}

async fn extend(unit: &mut Unit, made: Made, next: Layout) -> Result<()> {
    const SQL: &str =
        "UPDATE plugin_entities SET table_name = $3, layout = $4 WHERE plugin = $1 AND entity = $2";
    let base = names::base(made.number, &made.entity);
    let table = names::table(&base, next.number);
    let ddl = Ddl::new(unit.is_postgres());
    run(unit, format!("ALTER TABLE {} RENAME TO {table}", made.table)).await?;
    let added: BTreeMap<_, _> = next
        .columns
        .iter()
        .filter(|(field, _)| !made.layout.columns.contains_key(*field))
        .map(|(field, kind)| (field.clone(), *kind))
        .collect();
    for (field, kind) in &added {
        let column = format!("{} {}", names::column(field), ddl.kind(*kind));
        run(unit, format!("ALTER TABLE {table} ADD COLUMN {column}")).await?;
    }
    if !added.is_empty() {
        fill(unit, &made.entity, &table, &added).await?;
    }
    for index in made.layout.indexes.difference(&next.indexes) {
        run(unit, format!("DROP INDEX {}", names::index(&base, index.unique, &index.fields)))
            .await?;
    }
    for index in next.indexes.difference(&made.layout.indexes) {
        if index.unique {
            refuse_clashes(unit, &made.entity, &table, index).await?;
        }
        run(unit, ddl.index(&base, &table, index)).await?;
    }
    let layout = json(&next);
    on!(unit, conn => {
        let query = sqlx::query(SQL).bind(&made.plugin).bind(&made.entity);
        query.bind(table).bind(layout).execute(conn).await?;
    });
    Ok(())
}

/// Takes the fields that got columns out of the bodies, slice by slice.
async fn fill(
    unit: &mut Unit,
    entity: &str,
    table: &str,
    added: &BTreeMap<String, FieldKind>,
) -> Result<()> {
    let assigned = names::concat(
        added
            .keys()
            .enumerate()
            .map(|(at, field)| format!(", {} = ${}", names::column(field), at + 4)),
    );
    let update: Arc<str> =
        format!("UPDATE {table} SET body = $3{assigned} WHERE store_id = $1 AND id = $2").into();
    let select: Arc<str> = format!(
        "SELECT store_id, id, body FROM {table} WHERE (store_id, id) > ($1, $2) ORDER BY store_id, id LIMIT $3"
    )
    .into();
    let (mut store, mut id) = (String::new(), String::new());
    loop {
        let slice: Vec<(String, String, String)> = on!(unit, conn => {
            sqlx::query_as(sql(&select)).bind(&store).bind(&id).bind(SLICE).fetch_all(conn).await?
        });
        let Some((last_store, last_id, _)) = slice.last() else { return Ok(()) };
        (store, id) = (last_store.clone(), last_id.clone());
        for (store, id, body) in &slice {
            let parts = extract(added, body).map_err(|field| {
                EntityError::Refused(format!(
                    "the field `{field}` of the entity `{entity}` can't be indexed: the row `{id}` has a \
                     value in it that is longer than 512 bytes or has control characters"
                ))
            })?;
            let Some(parts) = parts else { continue };
            on!(unit, conn => {
                let mut query = sqlx::query(sql(&update)).bind(store).bind(id).bind(&parts.rest);
                for column in &parts.columns {
                    query = bind_column!(query, column);
                }
                query.execute(conn).await?;
            });
        }
    }
}

async fn refuse_clashes(
    unit: &mut Unit,
    entity: &str,
    table: &str,
    index: &IndexShape,
) -> Result<()> {
    let columns: Vec<_> = index.fields.iter().map(|field| names::column(field)).collect();
    let all_there: Vec<_> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let text: Arc<str> = format!(
        "SELECT MIN(id) FROM {table} WHERE {} GROUP BY store_id, {} HAVING COUNT(*) > 1 LIMIT 1",
        all_there.join(" AND "),
        columns.join(", ")
    )
    .into();
    let clash: Option<String> =
        on!(unit, conn => sqlx::query_scalar(sql(&text)).fetch_optional(conn).await?);
    clash.map_or(Ok(()), |id| {
        Err(EntityError::Refused(format!(
            "the unique index on `{}` of the entity `{entity}` can't be made: the row `{id}` and another \
             one have the same values",
            index.fields.join("`, `")
        )))
    })
}

/// The number that the plugin has, or gets.
async fn plugin_number(unit: &mut Unit, plugin: &PluginId) -> Result<i64> {
    const SQL: &str = "SELECT COALESCE(\
        (SELECT MIN(number) FROM plugin_entities WHERE plugin = $1), \
        (SELECT COALESCE(MAX(number), 0) + 1 FROM plugin_entities))";
    Ok(on!(unit, conn => sqlx::query_scalar(SQL).bind(plugin.as_str()).fetch_one(conn).await?))
}

fn json(layout: &Layout) -> String {
    serde_json::to_string(layout).expect("a layout has text as keys")
}

async fn run(unit: &mut Unit, text: String) -> Result<()> {
    let text: Arc<str> = text.into();
    on!(unit, conn => {
        sqlx::query(sql(&text)).persistent(false).execute(conn).await?;
    });
    Ok(())
}
