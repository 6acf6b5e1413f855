//! What must be true of roles and of who has them; pure, without the host.

use galleria_sdk::FieldFault;
use serde::Serialize;

use crate::role::{Draft, PriceDisplay, Role};

/// How many customers one batch may name.
pub(crate) const MAX_BATCH: usize = 1000;
/// How many members a role may have to be changed together with them in one unit of work.
pub(crate) const MAX_AT_ONCE: u32 = 5000;
/// How large the rules of a role may be as JSON, in bytes.
const MAX_AUTO_RULES: usize = 8192;

/// Everything that is wrong with a role.
pub(crate) fn check(draft: &Draft) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut fault = |path: &str, code: &str, message: &str| {
        faults.push(FieldFault::new(path, code, message));
    };
    if !is_system_name(&draft.system_name) {
        fault("system_name", "malformed", "is not of the form [a-z0-9-]{1,64}");
    }
    check_names(draft, &mut fault);
    if !(0..=1_000_000).contains(&draft.discount_ppm) {
        fault("discount_ppm", "range", "is not between 0 and 1,000,000");
    }
    if draft.password_max_age_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
        fault("password_max_age_days", "range", "is not between 1 and 36,500");
    }
    if draft.purchased_with_variant.as_ref().is_some_and(|id| !is_id(id)) {
        fault("purchased_with_variant", "malformed", "is no id of a variant");
    }
    if i32::try_from(draft.sort).is_err() {
        fault("sort", "range", "is not a number of 32 bits");
    }
    if draft.color.as_ref().is_some_and(|color| !is_color(color)) {
        fault("color", "malformed", "is not of the form #rrggbb");
    }
    let rules = draft.auto_rules.as_ref().and_then(|rules| serde_json::to_vec(rules).ok());
    if rules.is_some_and(|rules| rules.len() > MAX_AUTO_RULES) {
        fault("auto_rules", "too-long", "has more than 8,192 bytes");
    }
    faults
}

fn check_names(draft: &Draft, fault: &mut impl FnMut(&str, &str, &str)) {
    if draft.names.is_empty() {
        fault("names", "required", "a role has a name in one language at least");
    }
    if draft.names.len() > 50 {
        fault("names", "too-long", "has more than 50 languages");
    }
    for (language, name) in &draft.names {
        let path = format!("names.{language}");
        if !is_language(language) {
            fault(&path, "malformed", "is no language tag such as `en` or `de-CH`");
        }
        if name.trim().is_empty() {
            fault(&path, "required", "is empty");
        } else if name.chars().count() > 100 {
            fault(&path, "too-long", "has more than 100 characters");
        } else if name.chars().any(char::is_control) {
            fault(&path, "malformed", "has control characters");
        }
    }
}

/// What a change of a system role may not do: it stays active and keeps its name, and nobody buys
/// being registered.
pub(crate) fn check_system(draft: &Draft, stored: &Role) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    let mut refuse = |path: &str, message: &str| {
        faults.push(FieldFault::new(path, "fixed", message));
    };
    if draft.system_name != stored.draft.system_name {
        refuse("system_name", "a system role keeps its system name");
    }
    if !draft.active {
        refuse("active", "a system role stays active");
    }
    if draft.requires_login != stored.draft.requires_login {
        refuse("requires_login", "it follows from the account whether this role has a login");
    }
    if draft.purchased_with_variant.is_some() {
        refuse("purchased_with_variant", "a system role can't be bought");
    }
    faults
}

/// Whether a customer can have a role: one that needs a login comes only with being registered.
pub(crate) fn may_have(role: &Role, registered: bool) -> bool {
    registered || !role.draft.requires_login
}

/// What a customer's roles entitle to.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub(crate) struct Traits {
    pub(crate) free_shipping: bool,
    pub(crate) tax_exempt: bool,
    pub(crate) price_display: PriceDisplay,
    pub(crate) discount_ppm: i64,
    pub(crate) password_max_age_days: Option<i64>,
}

/// Combines roles, whatever their order: any of them frees from tax and shipping, the highest
/// discount counts (never the sum), the shortest life of passwords, and of those that say how
/// prices are shown the one with the lowest sort. Inactive roles entitle to nothing.
pub(crate) fn traits<'a>(roles: impl IntoIterator<Item = &'a Role>) -> Traits {
    let mut active: Vec<&Draft> =
        roles.into_iter().map(|role| &role.draft).filter(|draft| draft.active).collect();
    active
        .sort_by(|one, other| (one.sort, &one.system_name).cmp(&(other.sort, &other.system_name)));
    let shown = active.iter().map(|draft| draft.price_display);
    Traits {
        free_shipping: active.iter().any(|draft| draft.free_shipping),
        tax_exempt: active.iter().any(|draft| draft.tax_exempt),
        price_display: shown
            .into_iter()
            .find(|display| *display != PriceDisplay::Inherit)
            .unwrap_or_default(),
        discount_ppm: active.iter().map(|draft| draft.discount_ppm).max().unwrap_or(0),
        password_max_age_days: active.iter().filter_map(|draft| draft.password_max_age_days).min(),
    }
}

/// Whether a membership is over. It ends at the instant, not after it.
pub(crate) fn is_over(expires_at: Option<i64>, now: i64) -> bool {
    expires_at.is_some_and(|end| end <= now)
}

fn is_system_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    tag.len() <= 35
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn is_id(id: &str) -> bool {
    (1..=100).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

fn is_color(color: &str) -> bool {
    color.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests;
