//! What an order earns.

use galleria_sdk::MoneyError;
use serde::{Deserialize, Serialize};

use super::program::{Earning, Program};
use super::scale;

/// What an order came to, in minor units of its currency.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
pub(crate) struct Figures {
    pub(crate) currency: String,
    /// With tax and shipping, before tenders.
    pub(crate) total: i64,
    pub(crate) tax: i64,
    pub(crate) shipping_net: i64,
    pub(crate) shipping_total: i64,
}

/// By what points were earned; kept with them, since what is taken back later is counted by the
/// same.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Terms {
    pub(crate) currency: String,
    pub(crate) earning: Earning,
    /// What the points were counted on.
    pub(crate) base: i64,
    /// What was to be paid of the goods, with tax.
    pub(crate) goods: i64,
    /// What was to be paid of everything, with tax.
    pub(crate) whole: i64,
    /// Whether what is paid with points earns points.
    pub(crate) include_redeemed: bool,
}

/// What an order's points are counted on, of which points paid `redeemed`; nothing, if none are
/// earned in its currency.
pub(crate) fn terms(
    program: &Program,
    figures: &Figures,
    redeemed: i64,
) -> Result<Option<Terms>, MoneyError> {
    let Some(earning) = program.earning.get(&figures.currency) else { return Ok(None) };
    let redeemed = if program.include_redeemed { 0 } else { redeemed };
    let whole = (figures.total - redeemed).max(0);
    let (mut gross, mut net) = (figures.total, figures.total - figures.tax);
    if !program.include_shipping {
        gross -= figures.shipping_total;
        net -= figures.shipping_net;
    }
    let goods = (gross - redeemed).max(0);
    let base = if program.include_tax || gross <= 0 {
        goods
    } else {
        scale(goods, net.max(0), gross, true)?
    };
    Ok(Some(Terms {
        currency: figures.currency.clone(),
        earning: *earning,
        base,
        goods,
        whole,
        include_redeemed: program.include_redeemed,
    }))
}

impl Terms {
    /// The points for all of it.
    pub(crate) fn points(&self) -> i64 {
        self.earning.points_for(self.base)
    }

    /// The points to take back when so much of the base was given back.
    pub(crate) fn reversed(&self, earned: i64, refunded_base: i64) -> i64 {
        let left = (self.base - refunded_base).max(0);
        (earned - self.earning.points_for(left)).clamp(0, earned)
    }
}
