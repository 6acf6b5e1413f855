//! One cart of two: what happens to a visitor's cart when they log in.

use super::{
    CART_CODES_MAX, CART_LINES_MAX, CART_WISHES_MAX, Cart, CartError, CartLock, CartOwner,
    CartStatus, LINE_QUANTITY_MAX, Line,
};
use crate::id::LineId;
use crate::names::named;
use crate::time::Instant;

named! {
    /// What becomes of the lines of two carts. Lines are equal if they are of the
    /// [same](Line::is_same_as).
    MergeStrategy, "way to merge carts" {
        /// Lines of both; equal ones have the guest's quantity.
        GuestWins = "guest-wins",
        /// Lines of both; equal ones add up.
        Sum = "sum",
        /// Lines of both; equal ones have the larger quantity.
        Max = "max",
        /// The customer's lines only.
        KeepCustomer = "keep-customer",
        /// The guest's lines only.
        KeepGuest = "keep-guest",
    }
}

/// Two carts, of which one was poured into the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The customer's, with what came of both.
    pub cart: Cart,
    /// The guest's, which is merged.
    pub guest: Cart,
    /// What didn't fit.
    pub cuts: Vec<MergeCut>,
}

/// Something that didn't fit into one cart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MergeCut {
    /// A line was left out, since there are too many.
    Line {
        /// What it was of.
        sku: String,
    },
    /// A line has fewer than both had together.
    Quantity {
        /// What it is of.
        sku: String,
    },
    /// A code was left out, since there are too many.
    Code(String),
}

impl Cart {
    /// This customer's cart with a guest's poured into it. Addresses and details stay the
    /// customer's where there are any; the newer clicks count, and the agent stays. Prices, codes
    /// and totals have to be looked at again. `fresh` makes ids for the lines that come over.
    pub fn merge(
        &self,
        guest: &Self,
        strategy: MergeStrategy,
        fresh: impl FnMut() -> LineId,
        now: Instant,
    ) -> Result<Merged, CartError> {
        let mut cart = self.next(now)?;
        let left = guest.left(CartStatus::Merged, now)?;
        self.check_mergeable(guest)?;
        let mut cuts = Vec::new();
        cart.merge_lines(guest, strategy, fresh, &mut cuts);
        cart.merge_codes(guest, strategy, &mut cuts);
        cart.attribution = self.attribution.joined(&guest.attribution);
        cart.billing = cart.billing.or_else(|| guest.billing.clone());
        cart.shipping = cart.shipping.or_else(|| guest.shipping.clone());
        cart.shipping_method = cart.shipping_method.or_else(|| guest.shipping_method.clone());
        cart.note = cart.note.or_else(|| guest.note.clone());
        for (plugin, wish) in &guest.wishes {
            if cart.wishes.len() < CART_WISHES_MAX {
                cart.wishes.entry(plugin.clone()).or_insert_with(|| wish.clone());
            }
        }
        let guest = Self { merged_into: Some(cart.id.clone()), ..left };
        Ok(Merged { cart, guest, cuts })
    }

    /// A cart that belongs to another customer is never merged, nor one into itself.
    fn check_mergeable(&self, guest: &Self) -> Result<(), CartError> {
        let own = match &guest.owner {
            CartOwner::Visitor(_) => true,
            CartOwner::Customer(_) => guest.owner == self.owner,
        };
        let fits = own && self.customer().is_some() && self.id != guest.id;
        if !fits || self.store != guest.store {
            return Err(CartError::Foreign);
        }
        if self.currency != guest.currency {
            return Err(CartError::Currency(guest.currency));
        }
        let locked = [self.lock, guest.lock].contains(&CartLock::Lines);
        if locked { Err(CartError::Locked) } else { Ok(()) }
    }

    fn merge_lines(
        &mut self,
        guest: &Self,
        strategy: MergeStrategy,
        mut fresh: impl FnMut() -> LineId,
        cuts: &mut Vec<MergeCut>,
    ) {
        if strategy == MergeStrategy::KeepCustomer {
            return;
        }
        if strategy == MergeStrategy::KeepGuest {
            self.lines.clear();
        }
        for line in &guest.lines {
            let has_room = self.lines.len() < CART_LINES_MAX;
            match self.lines.iter_mut().find(|one| one.is_same_as(line)) {
                Some(own) => {
                    let wanted = wanted(own, line, strategy);
                    own.quantity = wanted.min(LINE_QUANTITY_MAX);
                    if own.quantity < wanted {
                        cuts.push(MergeCut::Quantity { sku: line.sku.clone() });
                    }
                }
                None if has_room => {
                    self.lines.push(Line { id: fresh(), ..line.clone() });
                }
                None => cuts.push(MergeCut::Line { sku: line.sku.clone() }),
            }
        }
    }

    fn merge_codes(&mut self, guest: &Self, strategy: MergeStrategy, cuts: &mut Vec<MergeCut>) {
        match strategy {
            MergeStrategy::KeepCustomer => return,
            MergeStrategy::KeepGuest => self.codes.clear(),
            MergeStrategy::GuestWins | MergeStrategy::Sum | MergeStrategy::Max => {}
        }
        for code in &guest.codes {
            if self.codes.contains(code) {
                continue;
            }
            if self.codes.len() < CART_CODES_MAX {
                self.codes.push(code.clone());
            } else {
                cuts.push(MergeCut::Code(code.clone()));
            }
        }
    }
}

fn wanted(own: &Line, guest: &Line, strategy: MergeStrategy) -> u32 {
    match strategy {
        MergeStrategy::Sum => own.quantity.saturating_add(guest.quantity),
        MergeStrategy::Max => own.quantity.max(guest.quantity),
        MergeStrategy::KeepCustomer => own.quantity,
        MergeStrategy::GuestWins | MergeStrategy::KeepGuest => guest.quantity,
    }
}
