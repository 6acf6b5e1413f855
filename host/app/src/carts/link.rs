//! Public links that put things into the cart of whoever follows them.

use galleria_domain::{
    AddedBy, Attribution, AttributionMode, Cart, CartOrigin, Clicks, Currency, EventKind,
    FieldCode, FieldError, LineSchedule, VariantId,
};
use serde_json::{Map, json};

use super::acts::{convert, draft, offer};
use super::{CartDraft, NewLine, PricedCart, current, load, make, price, save, see, told};
use crate::catalog::Offer;
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most products that a link can name.
pub const ADD_PRODUCTS_MAX: usize = 50;

/// What a link puts into a cart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddLink {
    /// What, at most [`ADD_PRODUCTS_MAX`].
    pub products: Vec<AddedProduct>,
    /// Codes to apply.
    pub codes: Vec<String>,
    /// The currency to pay in; without one, that of the cart or of the store.
    pub currency: Option<Currency>,
    /// Whether what was in the cart goes out first.
    pub replace: bool,
    /// What led to the link: the last click counts, but the agent stays.
    pub clicks: Clicks,
    /// Whether earlier clicks are forgotten; the agent stays.
    pub clear_attribution: bool,
}

/// One product of a link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddedProduct {
    /// Which one; or else `sku` names it.
    pub variant: Option<VariantId>,
    /// The merchant's code of it.
    pub sku: Option<String>,
    /// How many.
    pub quantity: u32,
    /// Once, or again and again.
    pub schedule: LineSchedule,
}

/// Something of a link that came to nothing; the rest did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AddProblem {
    /// Which part: `product.0`, `voucher.1`, `currency`, `attribution`.
    pub path: String,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
}

/// What a link would put into a cart.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// What it names, with how many of it.
    pub offers: Vec<(Offer, AddedProduct)>,
    /// What of it isn't there.
    pub problems: Vec<AddProblem>,
}

/// What a link would put into a cart; changes nothing.
pub async fn preview(work: &mut Work, link: &AddLink) -> Result<Preview> {
    check(link)?;
    let mut preview = Preview { offers: Vec::new(), problems: Vec::new() };
    for (at, product) in link.products.iter().enumerate() {
        match offer(work, &line(product)).await {
            Ok(found) => preview.offers.push((found, product.clone())),
            Err(error) => preview.problems.push(problem(format!("product.{at}"), error)?),
        }
    }
    Ok(preview)
}

/// Puts what a link names into the caller's current cart, which is made if there is none. What
/// can't be put in is said, and doesn't keep the rest out.
pub async fn add(work: &mut Work, link: &AddLink) -> Result<(PricedCart, Vec<AddProblem>)> {
    check(link)?;
    let cart = match current(work).await? {
        Some(cart) => cart,
        None => {
            let draft = CartDraft { currency: link.currency, ..CartDraft::default() };
            make(work, &draft, CartOrigin::Link).await?.cart
        }
    };
    let before = load(work, &cart.id).await?;
    let mut adding = Adding { cart: before.cart.clone(), problems: Vec::new() };
    adding.empty(work, link)?;
    adding.set_currency(work, link).await?;
    adding.put_in(work, link).await?;
    adding.apply_codes(work, link)?;
    adding.attribute(work, link)?;
    let Adding { mut cart, problems } = adding;
    if cart.version == before.cart.version {
        let cart = see(work.caller(), cart);
        return Ok((PricedCart { cart, problems: Vec::new() }, problems));
    }
    // However many steps there were, it is one change.
    cart.version = before.cart.version + 1;
    let priced = price(work, cart, false).await?;
    save(work, &before, &priced.cart).await?;
    told(work, EventKind::CartLineAdded, &priced.cart, &json!({ "act": "cart.add-link" })).await?;
    let cart = see(work.caller(), priced.cart);
    Ok((PricedCart { cart, problems: priced.problems }, problems))
}

/// A cart on the way to what a link makes of it.
struct Adding {
    cart: Cart,
    problems: Vec<AddProblem>,
}

impl Adding {
    fn empty(&mut self, work: &Work, link: &AddLink) -> Result<()> {
        if link.replace {
            let lines: Vec<_> = self.cart.lines.iter().map(|line| line.id.clone()).collect();
            for line in lines {
                self.cart = self.cart.remove_line(&line, work.now())?;
            }
        }
        Ok(())
    }

    async fn set_currency(&mut self, work: &mut Work, link: &AddLink) -> Result<()> {
        let Some(currency) = link.currency else { return Ok(()) };
        let now = work.now();
        match convert(work, &self.cart, currency, now).await {
            Ok(cart) => self.cart = cart,
            Err(error) => self.problems.push(problem("currency".to_owned(), error)?),
        }
        Ok(())
    }

    async fn put_in(&mut self, work: &mut Work, link: &AddLink) -> Result<()> {
        for (at, product) in link.products.iter().enumerate() {
            let now = work.now();
            let added = match draft(work, &self.cart, &line(product), AddedBy::Link).await {
                Ok(draft) => self.cart.add_line(draft, now).map_err(AppError::from),
                Err(error) => Err(error),
            };
            match added {
                Ok(cart) => self.cart = cart,
                Err(error) => self.problems.push(problem(format!("product.{at}"), error)?),
            }
        }
        Ok(())
    }

    fn apply_codes(&mut self, work: &Work, link: &AddLink) -> Result<()> {
        for (at, code) in link.codes.iter().enumerate() {
            match self.cart.apply_code(code, work.now()) {
                Ok(cart) => self.cart = cart,
                Err(error) => {
                    self.problems.push(problem(format!("voucher.{at}"), error.into())?);
                }
            }
        }
        Ok(())
    }

    fn attribute(&mut self, work: &Work, link: &AddLink) -> Result<()> {
        if link.clear_attribution && !self.cart.attribution.clicks.is_empty() {
            let Attribution { agent, agent_set_at, .. } = self.cart.attribution.clone();
            let cleared = Attribution { agent, agent_set_at, ..Attribution::default() };
            self.cart =
                Cart { attribution: cleared, version: self.cart.version + 1, ..self.cart.clone() };
        }
        if link.clicks.is_empty() {
            return Ok(());
        }
        let by = work.caller().principal.actor.clone();
        let (clicks, now) = (link.clicks.clone(), work.now());
        match self.cart.attribute(clicks, AttributionMode::Replace, by, now) {
            Ok(cart) => self.cart = cart,
            Err(error) => self.problems.push(problem("attribution".to_owned(), error.into())?),
        }
        Ok(())
    }
}

fn check(link: &AddLink) -> Result<()> {
    if link.products.len() <= ADD_PRODUCTS_MAX {
        return Ok(());
    }
    let message = "are more than 50";
    Err(vec![FieldError::new("product", FieldCode::TooLong, message)].into())
}

fn line(product: &AddedProduct) -> NewLine {
    NewLine {
        variant: product.variant.clone(),
        sku: product.sku.clone(),
        quantity: product.quantity,
        schedule: product.schedule,
        options: Map::new(),
    }
}

/// What is wrong with a part of a link; what is wrong with the cart or the host itself is no
/// matter of a part.
fn problem(path: String, error: AppError) -> Result<AddProblem> {
    match error {
        AppError::Invalid(errors) => Ok(AddProblem { path, errors }),
        AppError::Conflict { kind: "cart-locked", detail, .. } if path != "attribution" => {
            let errors = vec![FieldError::new("", FieldCode::Range, detail)];
            Ok(AddProblem { path, errors })
        }
        error => Err(error),
    }
}
