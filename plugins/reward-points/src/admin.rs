//! What staff see of points, and points by hand.

use galleria_sdk::clock::{self, DAY, Timestamp};
use galleria_sdk::prelude::*;
use galleria_sdk::{Fault, FromRequest, Request, audit, customers};
use serde::{Deserialize, Serialize};

use crate::book::{Balance, NEVER};
use crate::books::Host;
use crate::history::{self, EntryView};
use crate::ledger::{Adjustment, Ledger, Refusal};
use crate::rules::program::{Unit, expiry};
use crate::rules::{HOUR, MANUAL_MAX, Program};
use crate::standing;

/// How long a message by hand can be, in characters.
const MESSAGE_MAX: usize = 500;
/// The longest delay or validity, in days.
const DAYS_MAX: i64 = 36_500;
/// How long a key of a request can be.
const KEY_MAX: usize = 128;

/// The settings that hold.
#[derive(Serialize)]
pub(crate) struct ProgramView {
    settings: Program,
    /// While there are any, no points can be used.
    contradictions: Vec<Contradiction>,
}

#[derive(Serialize)]
struct Contradiction {
    path: String,
    message: String,
}

/// A customer's points.
#[derive(Serialize)]
pub(crate) struct BalanceView {
    /// What can be used now.
    available: i64,
    /// What is not active yet.
    pending: i64,
    expiring_30d: i64,
    next_expiry: Option<Timestamp>,
    next_expiring: i64,
    debt: i64,
}

/// Points by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    points: i64,
    message: String,
    #[serde(default)]
    delay: i64,
    #[serde(default = "days")]
    delay_unit: Unit,
    #[serde(default)]
    validity_days: Option<i64>,
}

/// What makes a request happen once: its `Idempotency-Key`, else its own id.
pub(crate) struct OnceKey(String);

fn days() -> Unit {
    Unit::Days
}

impl FromRequest for OnceKey {
    fn from_request(request: &Request) -> Result<Self> {
        let key = match request.header("idempotency-key") {
            Some(key) => key,
            None => &request.principal().request_id,
        };
        if key.is_empty() || key.len() > KEY_MAX {
            return Err(Problem::malformed("Idempotency-Key has 1 to 128 bytes"));
        }
        Ok(Self(key.to_owned()))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::Host(fault) => fault.into(),
            Refusal::Money(error) => error.into(),
            Refusal::TooFew(_) => Self::conflict("too-few-points", detail),
            Refusal::KeyTaken => Self::new(422, "idempotency-key-reused", detail),
        }
    }
}

impl From<Balance> for BalanceView {
    fn from(balance: Balance) -> Self {
        Self {
            available: balance.available,
            pending: balance.pending,
            expiring_30d: balance.expiring_30d,
            next_expiry: balance.next_expiry.map(Timestamp),
            next_expiring: balance.next_expiring,
            debt: balance.debt,
        }
    }
}

pub(crate) fn program(Settings(settings): Settings<Program>) -> Json<ProgramView> {
    let faults = settings.contradictions().into_iter();
    let contradictions =
        faults.map(|fault| Contradiction { path: fault.path, message: fault.message }).collect();
    Json(ProgramView { settings, contradictions })
}

pub(crate) fn balance(
    Path(customer): Path<String>,
    Settings(program): Settings<Program>,
) -> Result<Json<BalanceView>> {
    require(&customer)?;
    Ok(Json(Ledger::new(&Host, &program).balance(&customer, clock::now())?.into()))
}

pub(crate) fn history(
    Path(customer): Path<String>,
    Settings(program): Settings<Program>,
    paging: Paging,
) -> Result<Json<Page<EntryView>>> {
    require(&customer)?;
    Ok(Json(history::page(&program, &customer, paging, true)?))
}

pub(crate) fn adjust(
    Path(customer): Path<String>,
    Settings(program): Settings<Program>,
    OnceKey(key): OnceKey,
    ActorName(actor): ActorName,
    Json(draft): Json<Draft>,
) -> Result<Json<BalanceView>> {
    require(&customer)?;
    let faults = draft.faults();
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let at = clock::now();
    let unit = match draft.delay_unit {
        Unit::Hours => HOUR,
        Unit::Days => DAY,
    };
    let active_at = at + draft.delay * unit;
    let ledger = Ledger::new(&Host, &program);
    ledger.adjust(&Adjustment {
        customer: &customer,
        points: draft.points,
        message: draft.message.trim(),
        at,
        active_at,
        expires_at: draft.validity_days.map_or(NEVER, |days| expiry(active_at, days)),
        key: format!("manual:{customer}:{key}"),
        actor: &actor,
    })?;
    audit::append("points.adjusted", &format!("{customer} {:+}", draft.points))?;
    standing::show(&program, [customer.clone()])?;
    Ok(Json(ledger.balance(&customer, at)?.into()))
}

impl Draft {
    fn faults(&self) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        let mut require = |holds: bool, path: &str, code: &str, message: &str| {
            if !holds {
                faults.push(FieldFault::new(path, code, message));
            }
        };
        let points = self.points;
        let in_range = points != 0 && points.unsigned_abs() <= MANUAL_MAX.unsigned_abs();
        require(in_range, "points", "range", "is 0, or more than 1,000,000,000 either way");
        let length = self.message.trim().chars().count();
        require(length > 0, "message", "required", "is empty");
        require(length <= MESSAGE_MAX, "message", "too-long", "has more than 500 characters");
        let most = match self.delay_unit {
            Unit::Hours => DAYS_MAX * 24,
            Unit::Days => DAYS_MAX,
        };
        require((0..=most).contains(&self.delay), "delay", "range", "is not within 100 years");
        let days = self.validity_days.unwrap_or(1);
        let message = "is not between 1 and 36,500 days";
        require((1..=DAYS_MAX).contains(&days), "validity_days", "range", message);
        let timeless = self.validity_days.is_none() && self.delay == 0;
        let message = "points that are taken have neither delay nor validity";
        require(points > 0 || timeless, "validity_days", "range", message);
        faults
    }
}

/// 404 unless there is such a customer, as far as the acting person may see.
pub(crate) fn require(customer: &str) -> Result<()> {
    match customers::get(customer) {
        Ok(_) => Ok(()),
        Err(Fault::NotFound) => Err(Problem::not_found("customer")),
        Err(fault) => Err(fault.into()),
    }
}
