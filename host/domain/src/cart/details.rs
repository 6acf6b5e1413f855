//! What is about a cart as a whole: its codes, whom it is put down to, and its checkout.

use serde_json::Value;

use super::{
    CART_CODE_MAX_CHARS, CART_CODES_MAX, CART_NOTE_MAX_CHARS, CART_WISH_MAX_BYTES, CART_WISHES_MAX,
    Cart, CartError,
};
use crate::adjustment::json_fits;
use crate::attribution::{AttributionMode, Clicks};
use crate::change::Change;
use crate::edit::{change_line, change_parsed};
use crate::error::{FieldCode, FieldError, Mistakes};
use crate::fold::fold;
use crate::id::{PluginId, ShippingMethodId, StaffId};
use crate::postal::PostalAddress;
use crate::principal::Actor;
use crate::text::TextRule;
use crate::time::Instant;

const CODE: TextRule = TextRule::line(CART_CODE_MAX_CHARS);
const NOTE: TextRule = TextRule::lines(CART_NOTE_MAX_CHARS);

impl Cart {
    /// With a code more. It is compared without regard to case; one that is there already changes
    /// nothing. Whether it is good for anything, plugins say.
    pub fn apply_code(&self, code: &str, now: Instant) -> Result<Self, CartError> {
        let mut next = self.next_of_lines(now)?;
        let code = cart_code(code)?;
        if self.codes.contains(&code) {
            return Ok(self.clone());
        }
        if self.codes.len() >= CART_CODES_MAX {
            return Err(CartError::field(
                "code",
                FieldCode::TooLong,
                "a cart has at most 10 codes",
            ));
        }
        next.codes.push(code);
        Ok(next)
    }

    /// With a code less.
    pub fn remove_code(&self, code: &str, now: Instant) -> Result<Self, CartError> {
        let mut next = self.next_of_lines(now)?;
        let code = cart_code(code).map_err(|_| CartError::UnknownCode)?;
        let at = self.codes.iter().position(|one| *one == code).ok_or(CartError::UnknownCode)?;
        next.codes.remove(at);
        Ok(next)
    }

    /// With other clicks; the agent stays.
    pub fn attribute(
        &self,
        clicks: Clicks,
        mode: AttributionMode,
        by: Actor,
        now: Instant,
    ) -> Result<Self, CartError> {
        let attribution = self.attribution.click(clicks, mode, by, now)?;
        Ok(Self { attribution, ..self.next(now)? })
    }

    /// Put down to another agent, or to none. Whether the caller may do that isn't judged here.
    pub fn set_agent(&self, agent: Option<StaffId>, now: Instant) -> Result<Self, CartError> {
        Ok(Self { attribution: self.attribution.with_agent(agent, now), ..self.next(now)? })
    }

    /// With other details of the checkout.
    pub fn set_details(&self, change: &CartDetails, now: Instant) -> Result<Self, CartError> {
        let mut next = self.next(now)?;
        let mut mistakes = Mistakes::new();
        change_line(&mut mistakes, "note", &change.note, NOTE, &mut next.note);
        change_parsed(&mut mistakes, "email", &change.email, &mut next.email);
        set(&change.billing, &mut next.billing);
        set(&change.shipping, &mut next.shipping);
        set(&change.shipping_method, &mut next.shipping_method);
        Ok(mistakes.finish(next)?)
    }

    /// With what the customer wants of a plugin, or no longer wants.
    pub fn set_wish(
        &self,
        plugin: &PluginId,
        wish: Option<Value>,
        now: Instant,
    ) -> Result<Self, CartError> {
        let mut next = self.next(now)?;
        let Some(wish) = wish else {
            next.wishes.remove(plugin);
            return Ok(next);
        };
        if !json_fits(&wish, CART_WISH_MAX_BYTES) {
            let message = "has more than 2048 bytes";
            return Err(CartError::field("wish", FieldCode::TooLong, message));
        }
        if next.wishes.len() >= CART_WISHES_MAX && !next.wishes.contains_key(plugin) {
            let message = "a cart has wishes of at most 50 plugins";
            return Err(CartError::field("wish", FieldCode::TooLong, message));
        }
        next.wishes.insert(plugin.clone(), wish);
        Ok(next)
    }
}

/// What is to be different about the checkout of a cart; what isn't named stays.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "`Cart` says what they mean")]
pub struct CartDetails {
    pub email: Change<String>,
    pub billing: Change<PostalAddress>,
    pub shipping: Change<PostalAddress>,
    pub shipping_method: Change<ShippingMethodId>,
    pub note: Change<String>,
}

fn set<T: Clone>(change: &Change<T>, field: &mut Option<T>) {
    match change {
        Change::Keep => {}
        Change::Clear => *field = None,
        Change::Set(value) => *field = Some(value.clone()),
    }
}

/// A code as it is kept and compared: trimmed, folded, in capitals.
pub fn cart_code(text: &str) -> Result<String, Vec<FieldError>> {
    let mut mistakes = Mistakes::new();
    let text = text.trim();
    if text.is_empty() {
        mistakes.add("code", FieldCode::Required, "is required");
        return mistakes.finish(String::new());
    }
    mistakes.keep("code", CODE.check(text));
    let code = if mistakes.is_empty() { fold(text).to_uppercase() } else { String::new() };
    // Folding can make a text longer.
    if mistakes.is_empty() {
        mistakes.keep("code", CODE.check(&code));
    }
    mistakes.finish(code)
}
