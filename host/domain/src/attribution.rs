//! Attribution: which clicks and which agent a cart is put down to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::StaffId;
use crate::names::named;
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::Instant;

/// The most pairs of metadata of an attribution.
pub const ATTRIBUTION_METADATA_MAX: usize = 20;

const VALUE: TextRule = TextRule::line(255);
const KEY: TextRule = TextRule::line(64);

named! {
    /// What new clicks do to the ones before.
    AttributionMode, "way to set an attribution" {
        /// The last click counts: what was there is gone.
        Replace = "replace",
        /// What isn't named stays.
        Merge = "merge",
    }
}

/// The clicks that led to a cart: the parameters of the address that was opened.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "they are named after the parameters, which say it")]
pub struct Clicks {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_medium: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_campaign: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_term: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utm_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub funnel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gclid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evclid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affiliate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub1: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub2: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub3: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub5: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// What a cart, and the order made of it, is put down to.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Attribution {
    /// The clicks that count.
    pub clicks: Clicks,
    /// Who set them last.
    pub set_by: Option<Actor>,
    /// When.
    pub set_at: Option<Instant>,
    /// The agent who built the cart or helped. Stays whatever is clicked afterwards.
    pub agent: Option<StaffId>,
    /// Since when.
    pub agent_set_at: Option<Instant>,
}

impl Clicks {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The fields with their names, but for the metadata.
    pub fn fields(&self) -> [(&'static str, Option<&String>); 14] {
        [
            ("utm_source", self.utm_source.as_ref()),
            ("utm_medium", self.utm_medium.as_ref()),
            ("utm_campaign", self.utm_campaign.as_ref()),
            ("utm_term", self.utm_term.as_ref()),
            ("utm_content", self.utm_content.as_ref()),
            ("funnel", self.funnel.as_ref()),
            ("gclid", self.gclid.as_ref()),
            ("evclid", self.evclid.as_ref()),
            ("affiliate", self.affiliate.as_ref()),
            ("sub1", self.sub1.as_ref()),
            ("sub2", self.sub2.as_ref()),
            ("sub3", self.sub3.as_ref()),
            ("sub4", self.sub4.as_ref()),
            ("sub5", self.sub5.as_ref()),
        ]
    }

    /// Everything that is wrong with them.
    pub fn validate(&self) -> Result<(), Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        for (path, value) in self.fields() {
            if let Some(value) = value {
                mistakes.keep(path, VALUE.check(value));
            }
        }
        if self.metadata.len() > ATTRIBUTION_METADATA_MAX {
            mistakes.add("metadata", FieldCode::TooLong, "has more than 20 entries");
            return mistakes.finish(());
        }
        for (key, value) in &self.metadata {
            mistakes.keep("metadata", KEY.check(key));
            mistakes.keep("metadata", VALUE.check(value));
        }
        mistakes.finish(())
    }

    /// These on top of those before: what isn't named stays.
    #[must_use]
    fn over(self, before: Self) -> Self {
        let mut metadata = before.metadata;
        metadata.extend(self.metadata);
        Self {
            utm_source: self.utm_source.or(before.utm_source),
            utm_medium: self.utm_medium.or(before.utm_medium),
            utm_campaign: self.utm_campaign.or(before.utm_campaign),
            utm_term: self.utm_term.or(before.utm_term),
            utm_content: self.utm_content.or(before.utm_content),
            funnel: self.funnel.or(before.funnel),
            gclid: self.gclid.or(before.gclid),
            evclid: self.evclid.or(before.evclid),
            affiliate: self.affiliate.or(before.affiliate),
            sub1: self.sub1.or(before.sub1),
            sub2: self.sub2.or(before.sub2),
            sub3: self.sub3.or(before.sub3),
            sub4: self.sub4.or(before.sub4),
            sub5: self.sub5.or(before.sub5),
            metadata,
        }
    }
}

impl Attribution {
    /// With other clicks; the agent stays whatever was clicked. No clicks at all change nothing.
    pub fn click(
        &self,
        clicks: Clicks,
        mode: AttributionMode,
        by: Actor,
        at: Instant,
    ) -> Result<Self, Vec<FieldError>> {
        if clicks.is_empty() {
            return Ok(self.clone());
        }
        let clicks = match mode {
            AttributionMode::Replace => clicks,
            AttributionMode::Merge => clicks.over(self.clicks.clone()),
        };
        // What is kept counts too: merging must not add up beyond the limit.
        clicks.validate()?;
        Ok(Self { clicks, set_by: Some(by), set_at: Some(at), ..self.clone() })
    }

    /// Put down to this agent, or to none. Whether the caller may do that isn't judged here.
    #[must_use]
    pub fn with_agent(&self, agent: Option<StaffId>, at: Instant) -> Self {
        if self.agent == agent {
            return self.clone();
        }
        let agent_set_at = agent.is_some().then_some(at);
        Self { agent, agent_set_at, ..self.clone() }
    }

    /// What a cart is put down to that another one was poured into: the newer clicks of the two;
    /// this one's agent, else the other's.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let newer = if other.set_at > self.set_at { other } else { self };
        let agent = if self.agent.is_some() { self } else { other };
        Self {
            clicks: newer.clicks.clone(),
            set_by: newer.set_by.clone(),
            set_at: newer.set_at,
            agent: agent.agent.clone(),
            agent_set_at: agent.agent_set_at,
        }
    }
}

#[cfg(test)]
mod tests;
