//! The audit log: who did what, each entry chained to the one before by its hash.
//!
//! A chain shows that an entry was changed, taken out or put in between. It can't show that its
//! end was cut off or that all of it was written anew; for that its last link is to be kept
//! elsewhere, too.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::error::{FieldCode, FieldError, Mistake, Mistakes};
use crate::id::{CustomerId, PluginId, RequestId, StoreId};
use crate::names::as_json_text;
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::Instant;

const OBJECT: TextRule = TextRule::line(256);
const REASON: TextRule = TextRule::line(500);

/// The most characters in the name of an action.
const ACTION_MAX_CHARS: usize = 64;

/// The most bytes that the detail of an event can have.
const DETAIL_MAX_BYTES: usize = 4096;

/// A SHA-256 digest, as text in 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Sha256Hash(pub [u8; 32]);

impl Sha256Hash {
    /// What stands before the first link of a chain.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that isn't a digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no SHA-256 digest; write 64 hexadecimal digits")]
pub struct InvalidHash;

impl Mistake for InvalidHash {
    fn code(&self) -> FieldCode {
        FieldCode::Malformed
    }
}

impl FromStr for Sha256Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| InvalidHash)?;
        bytes.try_into().map(Self).map_err(|_| InvalidHash)
    }
}

as_json_text!(Sha256Hash);

/// Something that was done. It names things by their ids and holds no personal data, since it can
/// never be taken out again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditEvent {
    /// When.
    pub at: Instant,
    /// In which store, if in one.
    pub store: Option<StoreId>,
    /// Who did it.
    pub actor: Actor,
    /// For which customer, under impersonation.
    pub on_behalf_of: Option<CustomerId>,
    /// Through which plugin.
    pub plugin: Option<PluginId>,
    /// What was done: `customer.update`, at most 64 of `[a-z0-9.:-]`.
    pub action: String,
    /// To what, by its id.
    pub object: String,
    /// Why, where a reason has to be given.
    pub reason: Option<String>,
    /// What else there is to say, as JSON: ids and names of fields, never their values.
    pub detail: Option<String>,
    /// The digest of the thing before.
    pub before: Option<Sha256Hash>,
    /// The digest of the thing after.
    pub after: Option<Sha256Hash>,
    /// Where from; of staff alone, since a customer's address is personal.
    pub ip: Option<IpAddr>,
    /// In which request.
    pub request: Option<RequestId>,
}

impl AuditEvent {
    /// Somebody does something to something.
    pub fn new(at: Instant, actor: Actor, action: &str, object: impl Into<String>) -> Self {
        Self {
            at,
            store: None,
            actor,
            on_behalf_of: None,
            plugin: None,
            action: action.to_owned(),
            object: object.into(),
            reason: None,
            detail: None,
            before: None,
            after: None,
            ip: None,
            request: None,
        }
    }

    /// Everything that is wrong with it; plugins may say what was done, too.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let well_named = (1..=ACTION_MAX_CHARS).contains(&self.action.len())
            && self
                .action
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b':' | b'-'));
        if !well_named {
            let message = "is no name of an action; write 1 to 64 of a-z, 0-9, dot, colon, hyphen";
            mistakes.add("action", FieldCode::Malformed, message);
        }
        mistakes.keep("object", OBJECT.check(&self.object));
        if let Some(reason) = &self.reason {
            mistakes.keep("reason", REASON.check(reason));
        }
        if self.detail.as_ref().is_some_and(|detail| detail.len() > DETAIL_MAX_BYTES) {
            mistakes.add("detail", FieldCode::TooLong, "has more than 4096 bytes");
        }
        mistakes.finish(())
    }
}

/// Where a chain has come to: its last number and its last hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditLink {
    /// The number of the last entry; 0 before the first.
    pub seq: u64,
    /// Its hash.
    pub hash: Sha256Hash,
}

impl AuditLink {
    /// Before the first entry.
    pub const START: Self = Self { seq: 0, hash: Sha256Hash::ZERO };
}

/// An entry of the log: an event with its place in the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditEntry {
    /// Counts the entries, from 1, without gaps.
    pub seq: u64,
    /// What was done.
    pub event: AuditEvent,
    /// The hash of the entry before.
    pub prev_hash: Sha256Hash,
    /// The hash of this one, as [`AuditEntry::digest`] makes it.
    pub hash: Sha256Hash,
}

impl AuditEntry {
    /// Appends an event to a chain.
    pub fn append(event: AuditEvent, last: AuditLink) -> Self {
        let (seq, prev_hash) = (last.seq + 1, last.hash);
        let mut entry = Self { seq, event, prev_hash, hash: Sha256Hash::ZERO };
        entry.hash = entry.digest();
        entry
    }

    /// The place in the chain that the next entry follows.
    pub fn link(&self) -> AuditLink {
        AuditLink { seq: self.seq, hash: self.hash }
    }

    /// SHA-256 over [`AuditEntry::canonical_bytes`].
    pub fn digest(&self) -> Sha256Hash {
        Sha256Hash::of(&self.canonical_bytes())
    }

    /// All of the entry but its hash, in one and only one way: each field with its length before
    /// it, what is absent as such, in a fixed order.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        // Taken apart by name: a field that is added must be put into the hash.
        let Self { seq, event, prev_hash, hash: _ } = self;
        let AuditEvent {
            at,
            store,
            actor,
            on_behalf_of,
            plugin,
            action,
            object,
            reason,
            detail,
            before,
            after,
            ip,
            request,
        } = event;
        let mut bytes = Canonical(b"galleria audit 1\n".to_vec());
        bytes.0.extend(prev_hash.0);
        bytes.0.extend(seq.to_be_bytes());
        bytes.0.extend(at.as_micros().to_be_bytes());
        bytes.text(Some(actor));
        bytes.text(Some(action));
        bytes.text(Some(object));
        bytes.text(store.as_ref());
        bytes.text(on_behalf_of.as_ref());
        bytes.text(plugin.as_ref());
        bytes.text(reason.as_ref());
        bytes.text(detail.as_ref());
        bytes.text(before.as_ref());
        bytes.text(after.as_ref());
        bytes.text(ip.as_ref());
        bytes.text(request.as_ref());
        bytes.0
    }
}

struct Canonical(Vec<u8>);

impl Canonical {
    fn text(&mut self, field: Option<&impl fmt::Display>) {
        let Some(field) = field else { return self.0.push(0) };
        let text = field.to_string();
        self.0.push(1);
        self.0.extend((text.len() as u64).to_be_bytes());
        self.0.extend(text.as_bytes());
    }
}

/// Where a chain is broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BrokenChain {
    /// Entries are missing, or stand in the wrong order.
    #[error("entry {expected} is missing: entry {found} stands in its place")]
    Gap {
        /// The number that should have come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// The entry doesn't follow the one before it: that one was replaced.
    #[error("entry {seq} doesn't follow the entry before it")]
    Unlinked {
        /// The entry that can't be linked.
        seq: u64,
    },
    /// The entry was changed.
    #[error("entry {seq} was changed")]
    Changed {
        /// The entry that was changed.
        seq: u64,
    },
}

impl BrokenChain {
    /// The number of the first entry that isn't as it should be.
    pub fn seq(self) -> u64 {
        match self {
            Self::Gap { expected, .. } => expected,
            Self::Unlinked { seq } | Self::Changed { seq } => seq,
        }
    }
}

/// Follows a chain on from `start` and answers where it has come to, or where it is broken first.
pub fn audit_verify<'a>(
    start: AuditLink,
    entries: impl IntoIterator<Item = &'a AuditEntry>,
) -> Result<AuditLink, BrokenChain> {
    entries.into_iter().try_fold(start, |last, entry| {
        let expected = last.seq.saturating_add(1);
        if entry.seq != expected {
            return Err(BrokenChain::Gap { expected, found: entry.seq });
        }
        if entry.prev_hash != last.hash {
            return Err(BrokenChain::Unlinked { seq: entry.seq });
        }
        if entry.digest() != entry.hash {
            return Err(BrokenChain::Changed { seq: entry.seq });
        }
        Ok(entry.link())
    })
}

#[cfg(test)]
mod tests;
