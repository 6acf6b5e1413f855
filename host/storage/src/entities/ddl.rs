//! Statements that make tables: what the two databases write differently.

use galleria_domain::PluginId;
use galleria_manifest::FieldKind;

use super::layout::IndexShape;
use super::names;

/// What is written differently for the two databases.
pub(super) struct Ddl {
    is_postgres: bool,
    pub(super) text: &'static str,
    pub(super) number: &'static str,
    flag: &'static str,
    pub(super) end: &'static str,
}

impl Ddl {
    pub(super) fn new(is_postgres: bool) -> Self {
        if is_postgres {
            Self {
                is_postgres,
                text: r#"TEXT COLLATE "C""#,
                number: "BIGINT",
                flag: "BOOLEAN",
                end: "",
            }
        } else {
            Self { is_postgres, text: "TEXT", number: "INTEGER", flag: "INTEGER", end: " STRICT" }
        }
    }

    pub(super) fn kind(&self, kind: FieldKind) -> &'static str {
        match kind {
            FieldKind::Number => self.number,
            FieldKind::Flag => self.flag,
            FieldKind::Text | FieldKind::Json => self.text,
        }
    }

    pub(super) fn index(&self, base: &str, table: &str, index: &IndexShape) -> String {
        let name = names::index(base, index.unique, &index.fields);
        // SQLite has nulls first by itself, and no words for it here.
        let order = if self.is_postgres && !index.unique { " NULLS FIRST" } else { "" };
        let fields = index.fields.iter();
        let fields =
            names::concat(fields.map(|field| format!(", {}{order}", names::column(field))));
        let (unique, id) = if index.unique { ("UNIQUE ", "") } else { ("", ", id") };
        format!("CREATE {unique}INDEX {name} ON {table} (store_id{fields}{id})")
    }

    /// Count rows and bytes, whoever writes.
    pub(super) fn triggers(
        &self,
        base: &str,
        table: &str,
        plugin: &PluginId,
        entity: &str,
    ) -> Vec<String> {
        let (plugin, entity) = (names::literal(plugin), format!("'{entity}'"));
        if self.is_postgres {
            let count =
                format!("FOR EACH ROW EXECUTE FUNCTION plugin_usage_count({plugin}, {entity})");
            let resized = format!(
                "FOR EACH ROW WHEN (OLD.size <> NEW.size) EXECUTE FUNCTION plugin_usage_count({plugin}, {entity})"
            );
            return vec![
                format!("CREATE TRIGGER {base}_count AFTER INSERT OR DELETE ON {table} {count}"),
                format!("CREATE TRIGGER {base}_resize AFTER UPDATE OF size ON {table} {resized}"),
            ];
        }
        let count = |row: &str, rows: &str, bytes: &str| {
            format!(
                "INSERT INTO plugin_usage (plugin, store_id, entity, slot, rows, bytes) \
                 VALUES ({plugin}, {row}.store_id, {entity}, 0, {rows}, {bytes}) \
                 ON CONFLICT (plugin, store_id, entity, slot) \
                 DO UPDATE SET rows = rows + excluded.rows, bytes = bytes + excluded.bytes; END"
            )
        };
        let (added, deleted) = (count("new", "1", "new.size"), count("old", "-1", "-old.size"));
        let resized = count("new", "0", "new.size - old.size");
        vec![
            format!("CREATE TRIGGER {base}_add AFTER INSERT ON {table} BEGIN {added}"),
            format!("CREATE TRIGGER {base}_delete AFTER DELETE ON {table} BEGIN {deleted}"),
            format!(
                "CREATE TRIGGER {base}_resize AFTER UPDATE OF size ON {table} \
                 WHEN old.size <> new.size BEGIN {resized}"
            ),
        ]
    }
}
