//! Public links that put things into the cart of whoever follows them: shown by `GET`, done by
//! `POST`, so that nobody's cart changes by a look at a link.

use aide::OperationInput;
use aide::axum::ApiRouter;
use aide::axum::routing::get;
use axum::extract::{FromRequestParts, State};
use galleria_app::carts::{self, AddLink, AddProblem, AddedProduct, Preview, PricedCart};
use galleria_app::{unit, visits};
use galleria_domain::{FieldCode, FieldError, LineSchedule, Mistakes, ProductId, VariantId};
use http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;

use super::carts::{is_unknown, with_cookie};
use crate::answer::{Found, Result};
use crate::carts::{CartView, ClicksBody, ScheduleBody, Shown};
use crate::extract::{StoreCaller, VisitCaller, describe, pairs};
use crate::idempotency::{Once, once};
use crate::money::MoneyView;
use crate::problem::Problem;
use crate::state::HttpState;

pub(crate) fn router() -> ApiRouter<HttpState> {
    ApiRouter::new().api_route("/checkout/add", get(show).post(add))
}

/// What the query of a link says.
struct LinkQuery(AddLink);

/// What the query of a link can say, besides what led to it: `utm_source` to `utm_content`,
/// `funnel`, `gclid`, `evclid`, `affiliate`, `sub1` to `sub5`.
#[derive(JsonSchema)]
#[expect(
    dead_code,
    reason = "only described: names may occur more than once, which serde can't read"
)]
struct LinkParams {
    /// `sku:quantity`, or the id of a variant in place of the SKU; with `:3:month` behind it, every
    /// three months. At most 50 times.
    product: Option<String>,
    /// A code of a voucher or the like. At most 10 times.
    voucher: Option<String>,
    /// The currency to pay in.
    currency: Option<String>,
    /// Whether what was in the cart goes out first.
    replace: Option<bool>,
    /// Whether earlier clicks are forgotten.
    clear_attribution: Option<bool>,
}

/// What a link would put into a cart.
#[derive(JsonSchema, Serialize)]
struct LinkPreviewView {
    /// What it names.
    products: Vec<LinkProductView>,
    /// Codes that it would apply.
    vouchers: Vec<String>,
    /// What of it isn't there.
    problems: Vec<LinkProblemView>,
}

/// Something that a link names.
#[derive(JsonSchema, Serialize)]
struct LinkProductView {
    /// The variant.
    #[schemars(with = "String")]
    variant: VariantId,
    /// What it is a variant of.
    #[schemars(with = "String")]
    product: ProductId,
    /// The merchant's code of it.
    sku: String,
    /// What the product is called.
    product_name: String,
    /// What tells the variant from its siblings; may be empty.
    name: String,
    /// What one of it costs, in each currency that it is sold for.
    prices: Vec<MoneyView>,
    /// How many.
    quantity: u32,
    /// Once, or again and again.
    schedule: ScheduleBody,
}

/// Something of a link that came to nothing.
#[derive(JsonSchema, Serialize)]
struct LinkProblemView {
    /// Which part of the link: `product.0`, `voucher.1`, `currency`, `attribution`.
    path: String,
    /// What is wrong with it, in words.
    messages: Vec<String>,
}

/// What a link has put into a cart.
#[derive(JsonSchema, Serialize)]
struct LinkAddedView {
    /// The cart.
    cart: CartView,
    /// What came to nothing.
    problems: Vec<LinkProblemView>,
    /// What to send as `Galleria-Visit` where there are no cookies; `null` for whoever is known
    /// already. Shown this once.
    visit_token: Option<String>,
}

async fn show(caller: StoreCaller, LinkQuery(link): LinkQuery) -> Result<Found<LinkPreviewView>> {
    let preview = unit!(caller.read(), work => carts::preview(work, &link).await)?;
    let Preview { offers, problems } = preview;
    let products = offers.into_iter().map(|(offer, added)| LinkProductView {
        variant: offer.variant.id,
        product: offer.product.id,
        sku: offer.variant.sku,
        product_name: offer.product.name,
        name: offer.variant.name,
        prices: offer.variant.prices.into_iter().map(MoneyView::from).collect(),
        quantity: added.quantity,
        schedule: added.schedule.into(),
    });
    let view = LinkPreviewView {
        products: products.collect(),
        vouchers: link.codes,
        problems: problems.into_iter().map(LinkProblemView::from).collect(),
    };
    Ok(Found::of(&view)?)
}

async fn add(
    State(state): State<HttpState>,
    VisitCaller(caller): VisitCaller,
    LinkQuery(link): LinkQuery,
    once: Once,
) -> Result<Found<LinkAddedView>> {
    if !is_unknown(&caller) {
        return Ok(once!(once, caller.write(), work => {
            added(carts::add(work, &link).await?, None)
        })?);
    }
    let (begun, done) = unit!(caller.write(), work => {
        let begun = visits::begin(work).await?;
        Ok((begun, carts::add(work, &link).await?))
    })?;
    let answer = added(done, Some(begun.token.as_str().to_owned()))?;
    Ok(with_cookie(answer, &begun, &state.config))
}

fn added(
    (priced, problems): (PricedCart, Vec<AddProblem>),
    visit_token: Option<String>,
) -> galleria_app::Result<Found<LinkAddedView>> {
    let version = priced.cart.version;
    let view = LinkAddedView {
        cart: Shown::from(priced).into(),
        problems: problems.into_iter().map(LinkProblemView::from).collect(),
        visit_token,
    };
    Ok(Found::of(&view)?.at_version(version))
}

impl FromRequestParts<HttpState> for LinkQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &HttpState) -> Result<Self> {
        let link = read(&pairs(parts.uri.query())?);
        Ok(Self(link.map_err(Problem::invalid)?))
    }
}

impl OperationInput for LinkQuery {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        describe::<LinkParams>(ctx, operation);
    }
}

/// Reads what a link says; whatever it says that isn't known is a mistake.
fn read(pairs: &[(String, String)]) -> std::result::Result<AddLink, Vec<FieldError>> {
    let (mut link, mut clicks, mut mistakes) =
        (AddLink::default(), ClicksBody::default(), Mistakes::new());
    for (name, value) in pairs {
        match name.as_str() {
            "product" => {
                let path = format!("product.{}", link.products.len());
                link.products.extend(mistakes.keep(&path, product(value)));
            }
            "voucher" => link.codes.push(value.clone()),
            "currency" => link.currency = mistakes.parse("currency", value),
            "replace" => link.replace = flag(name, value, &mut mistakes),
            "clear_attribution" => link.clear_attribution = flag(name, value, &mut mistakes),
            name if clicks.set(name, value) => {}
            name => mistakes.add(name, FieldCode::Unknown, "is not known here"),
        }
    }
    link.clicks = clicks.into();
    mistakes.finish(link)
}

/// A parameter that stands alone, or says nothing, means yes.
fn flag(name: &str, value: &str, mistakes: &mut Mistakes) -> bool {
    match value {
        "" | "true" => true,
        "false" => false,
        _ => {
            mistakes.add(name, FieldCode::Malformed, "has to be true or false");
            false
        }
    }
}

/// A product that isn't written as one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is written sku:quantity, or sku:quantity:3:month")]
struct InvalidProduct;

impl galleria_domain::Mistake for InvalidProduct {
    fn code(&self) -> FieldCode {
        FieldCode::Malformed
    }
}

/// Reads `sku:quantity[:count:unit]`; a SKU may have colons in it.
fn product(text: &str) -> std::result::Result<AddedProduct, InvalidProduct> {
    let (rest, schedule) = match schedule(text) {
        Some((rest, schedule)) => (rest, schedule),
        None => (text, LineSchedule::OneTime),
    };
    let (named, quantity) = rest.rsplit_once(':').ok_or(InvalidProduct)?;
    let quantity = quantity.parse().map_err(|_| InvalidProduct)?;
    if named.is_empty() {
        return Err(InvalidProduct);
    }
    let variant: Option<VariantId> = named.parse().ok();
    let sku = variant.is_none().then(|| named.to_owned());
    Ok(AddedProduct { variant, sku, quantity, schedule })
}

fn schedule(text: &str) -> Option<(&str, LineSchedule)> {
    let (rest, unit) = text.rsplit_once(':')?;
    let unit = unit.parse().ok()?;
    let (rest, count) = rest.rsplit_once(':')?;
    let count = count.parse().ok()?;
    Some((rest, LineSchedule::Every { count, unit, first_at: None }))
}

impl From<AddProblem> for LinkProblemView {
    fn from(problem: AddProblem) -> Self {
        let AddProblem { path, errors } = problem;
        let messages = errors.into_iter().map(|error| match error.path.as_str() {
            "" => error.message,
            field => format!("{field} {}", error.message),
        });
        Self { path, messages: messages.collect() }
    }
}

#[cfg(test)]
mod tests {
    use galleria_domain::IntervalUnit;

    use super::*;

    #[test]
    fn a_product_is_read_with_its_quantity_and_its_schedule() {
        let monthly = LineSchedule::Every { count: 3, unit: IntervalUnit::Month, first_at: None };
        for (text, sku, quantity, schedule) in [
            ("MUG-1:2", "MUG-1", 2, LineSchedule::OneTime),
            ("MUG:1:2", "MUG:1", 2, LineSchedule::OneTime),
            ("MUG-1:2:3:month", "MUG-1", 2, monthly),
            ("MUG:1:2:3:month", "MUG:1", 2, monthly),
        ] {
            let read = product(text).unwrap();
            assert_eq!((read.sku.as_deref(), read.quantity), (Some(sku), quantity), "{text}");
            assert_eq!((read.schedule, read.variant), (schedule, None), "{text}");
        }
        let id = VariantId::generate();
        let read = product(&format!("{id}:1")).unwrap();
        assert_eq!((read.variant, read.sku), (Some(id), None));
        for bad in ["", "MUG-1", ":1", "MUG-1:", "MUG-1:-1", "MUG-1:1.5", "MUG-1:2:month"] {
            assert_eq!(product(bad), Err(InvalidProduct), "{bad}");
        }
    }

    #[test]
    fn what_a_link_says_and_nobody_knows_is_a_mistake() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let good = [pair("product", "A:1"), pair("replace", ""), pair("utm_source", "mail")];
        let link = read(&good).unwrap();
        assert_eq!((link.products.len(), link.replace), (1, true));
        assert_eq!(link.clicks.utm_source.as_deref(), Some("mail"));
        let bad = [pair("product", "A"), pair("replace", "yes"), pair("utm_sorce", "x")];
        let paths: Vec<_> = read(&bad).unwrap_err().into_iter().map(|error| error.path).collect();
        assert_eq!(paths, ["product.0", "replace", "utm_sorce"]);
    }
}
