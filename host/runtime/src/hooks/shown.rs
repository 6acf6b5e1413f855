//! What plugins are shown: the shop's words in those of the contract.

use galleria_domain::{
    Adjustment, AdjustmentScope, AllocationTarget, AppliedAdjustment, CartView, CustomerTraits,
    ImpersonationMode, ImpersonationView, LineTotals, LoginView, Money, OrderDraft, PlacedVia,
    PluginId, PriceMode, RunningTotals, Stage, TaxLine, Totals, ViewLine,
};

use crate::bindings::imports::galleria::shared::{trade as wit, values};
use crate::bindings::offers::exports::galleria::plugin::{
    hooks_impersonation_gate, hooks_login_gate,
};

/// A cart, with nobody's wishes but the plugin's own.
pub(super) fn cart(cart: &CartView, plugin: &PluginId) -> wit::CartView {
    wit::CartView {
        cart: cart.cart.to_string(),
        version: cart.version,
        store: cart.store.to_string(),
        currency: cart.currency.to_string(),
        customer: cart.customer.as_ref().map(ToString::to_string),
        email_verified: cart.email_verified,
        lines: cart.lines.iter().map(line).collect(),
        codes: cart.codes.clone(),
        wishes: cart.wish_of(plugin).map(ToString::to_string),
        running: running(&cart.running),
        traits: traits(&cart.traits),
        placing: cart.placing,
    }
}

fn line(line: &ViewLine) -> wit::ViewLine {
    wit::ViewLine {
        id: line.id.to_string(),
        variant: line.variant.to_string(),
        product: line.product.to_string(),
        sku: line.sku.clone(),
        quantity: line.quantity,
        unit_price: money(line.unit_price),
        net_so_far: money(line.net_so_far),
        one_time: line.one_time,
    }
}

fn running(running: &RunningTotals) -> wit::RunningTotals {
    wit::RunningTotals {
        subtotal: money(running.subtotal),
        net_of_discounts: money(running.net_of_discounts),
        shipping: running.shipping.map(money),
        fees: money(running.fees),
        due: running.due.map(money),
    }
}

fn traits(traits: &CustomerTraits) -> wit::CustomerTraits {
    wit::CustomerTraits {
        tax_exempt: traits.tax_exempt,
        free_shipping: traits.free_shipping,
        line_discount: traits.line_discount.parts_per_million(),
        price_display: traits.price_display.map(price_display),
        password_max_age_days: traits.password_max_age_days,
        roles: traits.roles.clone(),
    }
}

/// An order, with nobody's adjustments but the plugin's own.
pub(super) fn order(order: &OrderDraft, plugin: &PluginId) -> wit::OrderDraft {
    wit::OrderDraft {
        order: order.order.to_string(),
        number: order.number,
        cart: cart(&order.cart, plugin),
        totals: totals(&order.totals),
        adjustments: order.own(plugin).into_iter().map(applied).collect(),
        customer: order.customer.as_ref().map(ToString::to_string),
        placed_via: match order.placed_via {
            PlacedVia::Storefront => wit::PlacedVia::Storefront,
            PlacedVia::Impersonation => wit::PlacedVia::Impersonation,
            PlacedVia::AgentCheckout => wit::PlacedVia::AgentCheckout,
            PlacedVia::Link => wit::PlacedVia::CheckoutLink,
        },
    }
}

fn totals(totals: &Totals) -> wit::Totals {
    wit::Totals {
        price_display: price_display(totals.price_mode),
        tax_exempt: totals.tax_exempt,
        subtotal: money(totals.subtotal),
        line_discount: money(totals.line_discount),
        order_discount: money(totals.order_discount),
        shipping: money(totals.shipping),
        shipping_discount: money(totals.shipping_discount),
        fees: money(totals.fees),
        tax: money(totals.tax),
        tax_lines: totals.tax_lines.iter().map(tax_line).collect(),
        total: money(totals.total),
        tendered: money(totals.tendered),
        payable: money(totals.payable),
        lines: totals.lines.iter().map(line_totals).collect(),
    }
}

fn tax_line(line: &TaxLine) -> wit::TaxLine {
    let TaxLine { rate, base, tax } = line;
    wit::TaxLine { rate: rate.parts_per_million(), base: money(*base), tax: money(*tax) }
}

fn line_totals(line: &LineTotals) -> wit::LineTotals {
    wit::LineTotals {
        line: line.line.to_string(),
        quantity: line.quantity,
        before: money(line.part.before),
        discount: money(line.part.discount),
        fees: money(line.part.fees),
        net: money(line.part.net),
        tax: money(line.part.tax),
        total: money(line.part.total),
    }
}

fn applied(applied: &AppliedAdjustment) -> wit::AppliedAdjustment {
    let allocation = |allocation: &galleria_domain::Allocation| wit::Allocation {
        target: match &allocation.target {
            AllocationTarget::Line(line) => wit::AllocationTarget::Line(line.to_string()),
            AllocationTarget::Shipping => wit::AllocationTarget::Shipping,
            AllocationTarget::Total => wit::AllocationTarget::Total,
        },
        amount: allocation.amount,
    };
    wit::AppliedAdjustment {
        stage: stage(applied.adjustment.stage),
        adjustment: adjustment(&applied.adjustment),
        asked: money(applied.asked),
        allocations: applied.allocations.iter().map(allocation).collect(),
    }
}

fn adjustment(adjustment: &Adjustment) -> wit::Adjustment {
    let label = |(language, text): (&String, &String)| wit::Label {
        language: language.clone(),
        text: text.clone(),
    };
    wit::Adjustment {
        code: adjustment.code.clone(),
        scope: match &adjustment.scope {
            AdjustmentScope::Line(line) => wit::AdjustmentScope::Line(line.to_string()),
            AdjustmentScope::Order => wit::AdjustmentScope::Order,
            AdjustmentScope::Shipping => wit::AdjustmentScope::Shipping,
            AdjustmentScope::Tender => wit::AdjustmentScope::Tender,
        },
        amount: money(adjustment.amount),
        label: adjustment.label.iter().map(label).collect(),
        data: adjustment.data.to_string(),
    }
}

pub(super) fn login(login: &LoginView) -> hooks_login_gate::Login {
    hooks_login_gate::Login {
        customer: login.customer.to_string(),
        store: login.store.to_string(),
        at: login.at.as_micros(),
        ip: login.ip.map(|ip| ip.to_string()),
    }
}

pub(super) fn impersonation(
    request: &ImpersonationView,
) -> hooks_impersonation_gate::Impersonation {
    use hooks_impersonation_gate::ImpersonationMode as Mode;

    hooks_impersonation_gate::Impersonation {
        staff: request.staff.to_string(),
        customer: request.customer.to_string(),
        store: request.store.to_string(),
        mode: match request.mode {
            ImpersonationMode::Full => Mode::Full,
            ImpersonationMode::CartOnly => Mode::CartOnly,
            ImpersonationMode::ReadOnly => Mode::ReadOnly,
        },
        reason: request.reason.clone(),
        at: request.at.as_micros(),
    }
}

pub(super) const fn stage(stage: Stage) -> wit::Stage {
    match stage {
        Stage::LineDiscount => wit::Stage::LineDiscount,
        Stage::OrderDiscount => wit::Stage::OrderDiscount,
        Stage::ShippingDiscount => wit::Stage::ShippingDiscount,
        Stage::Fee => wit::Stage::Fee,
        Stage::Tender => wit::Stage::Tender,
    }
}

const fn price_display(mode: PriceMode) -> wit::PriceDisplay {
    match mode {
        PriceMode::Incl => wit::PriceDisplay::IncludingTax,
        PriceMode::Excl => wit::PriceDisplay::ExcludingTax,
    }
}

fn money(money: Money) -> values::Money {
    values::Money { amount: money.amount, currency: money.currency.to_string() }
}
