//! What can be done to a cart.

use galleria_domain::{
    AddedBy, AttributionMode, Cart, CartDetails, CartId, CartLock, Clicks, Currency, EventKind,
    FieldCode, FieldError, Instant, LineDraft, LineId, LinePrices, LineSchedule, Money, Permission,
    PluginId, PriceSource, StaffId, VariantId,
};
use serde_json::{Map, Value, json};

use super::access::{load, require_changed};
use super::{PricedCart, price, reaches_all, save, see, told};
use crate::audit;
use crate::catalog::Offer;
use crate::error::{AppError, Result};
use crate::stores;
use crate::version::expect_version;
use crate::work::Work;

/// Something to put into a cart.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLine {
    /// What; or else `sku` names it.
    pub variant: Option<VariantId>,
    /// The merchant's code of it.
    pub sku: Option<String>,
    /// How many.
    pub quantity: u32,
    /// Once, or again and again.
    pub schedule: LineSchedule,
    /// What was chosen about it.
    pub options: Map<String, Value>,
}

/// Something done to a cart.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the methods of `Cart` of the same names say what they do")]
pub enum CartAct {
    AddLine(NewLine),
    SetQuantity {
        line: LineId,
        quantity: u32,
    },
    RemoveLine(LineId),
    SetSchedule {
        line: LineId,
        schedule: LineSchedule,
    },
    /// `None` goes back to the catalogue's price.
    SetPrice {
        line: LineId,
        price: Option<Money>,
    },
    ApplyCode(String),
    RemoveCode(String),
    SetDetails(Box<CartDetails>),
    SetCurrency(Currency),
    Attribute {
        clicks: Box<Clicks>,
        mode: AttributionMode,
    },
    SetAgent(Option<StaffId>),
    SetWish {
        plugin: PluginId,
        wish: Option<Value>,
    },
    SetLock(CartLock),
    MakeCurrent,
    Delete,
}

impl CartAct {
    fn event(&self) -> EventKind {
        match self {
            Self::AddLine(_) => EventKind::CartLineAdded,
            Self::SetQuantity { quantity: 0, .. } | Self::RemoveLine(_) => {
                EventKind::CartLineRemoved
            }
            Self::SetSchedule { .. } => EventKind::CartScheduleSet,
            Self::SetPrice { .. } | Self::SetCurrency(_) => EventKind::CartRepriced,
            Self::ApplyCode(_) => EventKind::CartCodeApplied,
            Self::RemoveCode(_) => EventKind::CartCodeRemoved,
            Self::Attribute { .. } | Self::SetAgent(_) => EventKind::CartAttributionSet,
            Self::MakeCurrent => EventKind::CartOwnerChanged,
            Self::Delete => EventKind::CartClosed,
            Self::SetQuantity { .. }
            | Self::SetDetails(_)
            | Self::SetWish { .. }
            | Self::SetLock(_) => EventKind::CartLineChanged,
        }
    }

    /// What only staff does, whoever's cart it is: prices, locks and whom it is put down to.
    fn is_for_staff(&self) -> bool {
        matches!(self, Self::SetPrice { .. } | Self::SetLock(_) | Self::SetAgent(_))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::AddLine(_) => "cart.add-line",
            Self::SetQuantity { .. } => "cart.set-quantity",
            Self::RemoveLine(_) => "cart.remove-line",
            Self::SetSchedule { .. } => "cart.set-schedule",
            Self::SetPrice { .. } => "cart.set-price",
            Self::ApplyCode(_) => "cart.apply-code",
            Self::RemoveCode(_) => "cart.remove-code",
            Self::SetDetails(_) => "cart.set-details",
            Self::SetCurrency(_) => "cart.set-currency",
            Self::Attribute { .. } => "cart.attribute",
            Self::SetAgent(_) => "cart.set-agent",
            Self::SetWish { .. } => "cart.set-wish",
            Self::SetLock(_) => "cart.set-lock",
            Self::MakeCurrent => "cart.make-current",
            Self::Delete => "cart.delete",
        }
    }
}

/// Does something to a cart that still is at the version expected, if one is, and prices it.
///
/// One's own cart, or with [`Permission::CartsWrite`].
pub async fn act(
    work: &mut Work,
    id: &CartId,
    act: &CartAct,
    expected: Option<u64>,
) -> Result<PricedCart> {
    let before = load(work, id).await?;
    require_changed(work, &before.cart)?;
    if act.is_for_staff() && !reaches_all(work, Permission::CartsWrite) {
        return Err(AppError::PermissionDenied(Permission::CartsWrite.to_string()));
    }
    expect_version(before.cart.version, expected)?;
    let after = apply(work, &before.cart, act).await?;
    if after == before.cart {
        let cart = see(work.caller(), after);
        return Ok(PricedCart { cart, problems: Vec::new() });
    }
    let priced = if matches!(act, CartAct::Delete) {
        PricedCart { cart: after, problems: Vec::new() }
    } else {
        price(work, after, false).await?
    };
    if matches!(act, CartAct::MakeCurrent) {
        step_back(work, &before.cart).await?;
    }
    save(work, &before, &priced.cart).await?;
    if matches!(act, CartAct::Delete) {
        crate::checkout_links::revoke_all(work, &before.cart.id, "the cart was deleted").await?;
    }
    told(work, act.event(), &priced.cart, &json!({ "act": act.name() })).await?;
    if work.caller().principal.staff().is_some() {
        audit::append(work, act.name(), id.as_str(), &json!(null)).await?;
    }
    Ok(PricedCart { cart: see(work.caller(), priced.cart), ..priced })
}

async fn apply(work: &mut Work, cart: &Cart, act: &CartAct) -> Result<Cart> {
    let now = work.now();
    Ok(match act {
        CartAct::AddLine(line) => {
            let by_staff = work.caller().principal.staff().is_some();
            let added_by = if by_staff { AddedBy::Staff } else { AddedBy::Customer };
            cart.add_line(draft(work, cart, line, added_by).await?, now)?
        }
        CartAct::SetQuantity { line, quantity } => cart.set_quantity(line, *quantity, now)?,
        CartAct::RemoveLine(line) => cart.remove_line(line, now)?,
        CartAct::SetSchedule { line, schedule } => cart.set_schedule(line, *schedule, now)?,
        CartAct::SetPrice { line, price } => set_price(work, cart, line, *price, now).await?,
        CartAct::ApplyCode(code) => cart.apply_code(code, now)?,
        CartAct::RemoveCode(code) => cart.remove_code(code, now)?,
        CartAct::SetDetails(details) => cart.set_details(details, now)?,
        CartAct::SetCurrency(currency) => convert(work, cart, *currency, now).await?,
        CartAct::Attribute { clicks, mode } => {
            let by = work.caller().principal.actor.clone();
            cart.attribute((**clicks).clone(), *mode, by, now)?
        }
        CartAct::SetAgent(agent) => cart.set_agent(agent.clone(), now)?,
        CartAct::SetWish { plugin, wish } => cart.set_wish(plugin, wish.clone(), now)?,
        CartAct::SetLock(lock) => cart.set_lock(*lock, now)?,
        CartAct::MakeCurrent => cart.set_current(true, now)?,
        CartAct::Delete => cart.delete(now)?,
    })
}

/// The owner's cart until now is no longer the one that they see.
async fn step_back(work: &mut Work, next: &Cart) -> Result<()> {
    let store = next.store.clone();
    let current = galleria_storage::carts::current(work.unit(), &store, &next.owner).await?;
    if let Some(current) = current.filter(|current| current.cart.id != next.id) {
        let now = work.now();
        let after = current.cart.set_current(false, now)?;
        save(work, &current, &after).await?;
    }
    Ok(())
}

/// What is to be put in, with what the catalogue says about it.
pub(super) async fn draft(
    work: &mut Work,
    cart: &Cart,
    line: &NewLine,
    added_by: AddedBy,
) -> Result<LineDraft> {
    let offer = offer(work, line).await?;
    let unit_price = price_of(&offer, cart.currency)?;
    let Offer { product, variant } = offer;
    let name = [product.name, variant.name].into_iter().filter(|part| !part.is_empty());
    Ok(LineDraft {
        id: LineId::generate(),
        variant: variant.id,
        product: product.id,
        sku: variant.sku,
        name: name.collect::<Vec<_>>().join(", "),
        quantity: line.quantity,
        unit_price,
        price_source: PriceSource::Catalog,
        tax_class: variant.tax_class,
        schedule: line.schedule,
        options: line.options.clone(),
        added_by,
    })
}

pub(super) async fn offer(work: &mut Work, line: &NewLine) -> Result<Offer> {
    let catalog = work.app().catalog();
    let (path, found) = match (&line.variant, &line.sku) {
        (Some(variant), None) => {
            let found = catalog.get_many(work, std::slice::from_ref(variant)).await?;
            ("variant", found.into_iter().next())
        }
        (None, Some(sku)) => ("sku", catalog.find_by_sku(work, sku).await?),
        _ => {
            let message = "is required, or a SKU, and not both";
            return Err(vec![FieldError::new("variant", FieldCode::Required, message)].into());
        }
    };
    found
        .filter(|offer| offer.product.active && offer.variant.active)
        .ok_or_else(|| refused(path, FieldCode::Unknown, "is nothing that is on sale"))
}

fn price_of(offer: &Offer, currency: Currency) -> Result<Money> {
    offer
        .variant
        .price_in(currency)
        .ok_or_else(|| refused("variant", FieldCode::Range, "isn't sold in the cart's currency"))
}

fn refused(path: &str, code: FieldCode, message: &str) -> AppError {
    vec![FieldError::new(path, code, message)].into()
}

async fn set_price(
    work: &mut Work,
    cart: &Cart,
    line: &LineId,
    price: Option<Money>,
    now: Instant,
) -> Result<Cart> {
    if let Some(price) = price {
        let staff = work.caller().principal.staff().cloned();
        let staff = staff.ok_or_else(|| AppError::PermissionDenied("being staff".to_owned()))?;
        return Ok(cart.set_price(line, price, PriceSource::Manual(staff), now)?);
    }
    let found = cart.line(line).ok_or(AppError::NotFound("line"))?;
    let named = NewLine {
        variant: Some(found.variant.clone()),
        sku: None,
        quantity: 1,
        schedule: LineSchedule::OneTime,
        options: Map::new(),
    };
    let price = price_of(&offer(work, &named).await?, cart.currency)?;
    Ok(cart.set_price(line, price, PriceSource::Catalog, now)?)
}

pub(super) async fn convert(
    work: &mut Work,
    cart: &Cart,
    currency: Currency,
    now: Instant,
) -> Result<Cart> {
    if !stores::current(work).await?.currencies.contains(&currency) {
        return Err(refused("currency", FieldCode::Unknown, "is none that the store sells in"));
    }
    if currency == cart.currency {
        return Ok(cart.clone());
    }
    let ids: Vec<_> = cart.lines.iter().map(|line| line.variant.clone()).collect();
    let offers = work.app().catalog().get_many(work, &ids).await?;
    let prices: LinePrices = offers
        .into_iter()
        .filter_map(|offer| Some((offer.variant.id.clone(), offer.variant.price_in(currency)?)))
        .collect();
    Ok(cart.convert(currency, &prices, now)?)
}
