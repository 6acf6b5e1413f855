//! Entities: what plugins keep in tables of their own.

use crate::time::Instant;

/// How large the body of an entity may be, in bytes of JSON.
pub const ENTITY_BODY_MAX_BYTES: usize = 1 << 20;
/// How long the id of an entity may be, and a text that is indexed, in bytes.
pub const ENTITY_KEY_MAX_BYTES: usize = 512;
/// How many entities one page has at most.
pub const ENTITY_PAGE_MAX: u32 = 500;
/// How far is counted at most.
pub const ENTITY_COUNT_MAX: u32 = 100_000;
/// How many steps a batch has at most, and how many entities are read by their ids at once.
pub const ENTITY_BATCH_MAX: usize = 500;

/// One entity as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredEntity {
    /// Names it within its store.
    pub id: String,
    /// Grows by one with each change.
    pub version: u64,
    /// When it was first written.
    pub created_at: Instant,
    /// When it was last written.
    pub updated_at: Instant,
    /// Its fields, as one JSON object.
    pub body: String,
}

/// What must be true of an entity for a write to go on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Expectation {
    /// Whatever is there, or nothing.
    #[default]
    Anything,
    /// Nothing is there.
    Absent,
    /// Exactly this version is there.
    Version(u64),
}

/// The value of an indexed field.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "they say it")]
pub enum IndexValue {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// One end of a range.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Bound {
    /// The value itself belongs to the range.
    Including(IndexValue),
    /// The value itself doesn't.
    Excluding(IndexValue),
}

impl Bound {
    /// The value at this end.
    pub fn value(&self) -> &IndexValue {
        match self {
            Self::Including(value) | Self::Excluding(value) => value,
        }
    }
}

/// Which entities are looked up; always through an index.
///
/// They come in the order of the index, then of their ids. A field without a value comes before
/// all that have one, and is in no range.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Lookup {
    /// An index of the manifest, or `id` or `created`, which every entity has.
    pub index: String,
    /// Values of the first fields of the index.
    pub equal: Vec<IndexValue>,
    /// Where the range on the next field begins.
    pub lower: Option<Bound>,
    /// Where it ends.
    pub upper: Option<Bound>,
    /// Whether the largest comes first.
    pub descending: bool,
    /// How many at most; no page has more than [`ENTITY_PAGE_MAX`].
    pub limit: u32,
    /// What the page before answered.
    pub cursor: Option<String>,
}

/// Writes an entity whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntityPut {
    /// What it is, by its name in the manifest.
    pub entity: String,
    /// `None`: the host makes an id, and nothing can be there.
    pub id: Option<String>,
    /// The fields, as one JSON object.
    pub body: String,
    /// What must be there before.
    pub expect: Expectation,
}

/// Deletes an entity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntityDelete {
    /// What it is, by its name in the manifest.
    pub entity: String,
    /// Which one.
    pub id: String,
    /// What must be there before.
    pub expect: Expectation,
}

/// One step of a batch.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "they say it")]
pub enum EntityStep {
    Put(EntityPut),
    Delete(EntityDelete),
}
