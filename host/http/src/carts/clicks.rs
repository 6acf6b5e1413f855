//! The clicks that led to a cart, as bodies, queries and views write them.

use std::collections::BTreeMap;

use galleria_domain::Clicks;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! clicks {
    ($($(#[$doc:meta])* $field:ident,)+) => {
        /// The clicks that led to a cart; each value has at most 255 characters.
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
        #[serde(default, deny_unknown_fields)]
        #[schemars(rename = "Clicks")]
        pub(crate) struct ClicksBody {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub(crate) $field: Option<String>,)+
            /// Whatever else is to be known, at most 20 pairs.
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            pub(crate) metadata: BTreeMap<String, String>,
        }

        impl ClicksBody {
            /// Sets what a parameter in the query of a link says; `false` if it is none of these.
            pub(crate) fn set(&mut self, name: &str, value: &str) -> bool {
                match name {
                    $(stringify!($field) => self.$field = Some(value.to_owned()),)+
                    _ => return false,
                }
                true
            }
        }

        impl From<ClicksBody> for Clicks {
            fn from(body: ClicksBody) -> Self {
                let ClicksBody { $($field,)+ metadata } = body;
                Self { $($field,)+ metadata }
            }
        }

        impl From<Clicks> for ClicksBody {
            fn from(clicks: Clicks) -> Self {
                let Clicks { $($field,)+ metadata } = clicks;
                Self { $($field,)+ metadata }
            }
        }
    };
}

clicks! {
    /// Where the click was: `newsletter`.
    utm_source,
    /// In what kind of place: `email`.
    utm_medium,
    /// For which campaign.
    utm_campaign,
    /// On which words.
    utm_term,
    /// On which of several things.
    utm_content,
    /// Which funnel it led into.
    funnel,
    /// Google's id of the click.
    gclid,
    /// Everflow's id of the click.
    evclid,
    /// Who sent the visitor.
    affiliate,
    /// The affiliate's own words.
    sub1,
    /// The affiliate's own words.
    sub2,
    /// The affiliate's own words.
    sub3,
    /// The affiliate's own words.
    sub4,
    /// The affiliate's own words.
    sub5,
}
