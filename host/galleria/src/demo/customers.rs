//! Two thousand customers, each the same every time.

use std::collections::BTreeSet;

use galleria_app::customers::ImportedCustomer;
use galleria_domain::{
    AddressDraft, AddressId, CustomerDraft, CustomerId, CustomerKind, CustomerStage, Instant,
};
use serde_json::{Map, Value, json};

use super::SEED;
use super::people::{self, Name, People};
use super::random::Random;

/// How many there are.
pub(crate) const COUNT: usize = 2_000;

/// 2023-11-06T08:00:00Z: when the first of them came.
const FIRST_MS: u64 = 1_699_257_600_000;
/// How far apart they came, about: the last one a little less than three years after the first.
const STEP_MS: u64 = 45_900_000;

const COMMENTS: &[&str] = &[
    "Prefers to be called in the afternoon.",
    "Möchte Rechnungen per Post.",
    "Wholesale terms agreed by phone; see the contract of May.",
    "VIP – always add a handwritten card.",
    "Returned two orders in a row.\nBoth times: too small.",
    "Klingel defekt, bitte anrufen.",
    "Speaks little English; write in the language of the account.",
    "Spelling of the name checked with the customer. Yes, really.",
    "Asked to be forgotten, then changed their mind.",
    "5 % off on framed prints until the end of the year 🎨",
];

/// All of them, in the order they came.
pub(crate) fn all() -> Vec<ImportedCustomer> {
    let mut emails = BTreeSet::new();
    (0..COUNT).map(|at| customer(at, &mut emails)).collect()
}

/// Somebody, as far as the parts of their data have to fit together.
struct Person {
    people: &'static People,
    woman: bool,
    first: Name,
    last: Name,
    registered: bool,
    stage: CustomerStage,
}

fn customer(at: usize, emails: &mut BTreeSet<String>) -> ImportedCustomer {
    let mut random = Random::of(SEED, "customer", at);
    let created_ms = FIRST_MS + at as u64 * STEP_MS + random.next() % STEP_MS;
    let id = CustomerId::from_bytes(random.uuid_v7(created_ms));
    let person = person(&mut random);
    let addresses = addresses(&mut random, &person, created_ms);
    let (billing, shipping) = match addresses.len() {
        0 => (None, None),
        count => (Some(0), Some(random.below(count))),
    };
    let draft = draft(&mut random, at, &person, emails);
    let created_at =
        Instant::from_micros(i64::try_from(created_ms * 1_000).expect("the years are near"));
    ImportedCustomer {
        id,
        draft,
        created_at: Some(created_at),
        addresses,
        default_billing: billing,
        default_shipping: shipping,
    }
}

fn person(random: &mut Random) -> Person {
    let people = people::pick(random);
    let woman = random.percent(50);
    let (first, last) = (people.first_name(random, woman), people.family_name(random, woman));
    // Seven in ten have an account. Of guests, most have bought something; of the rest, most have
    // at least left an email.
    let registered = random.percent(70);
    let stage = match (registered, random.below(100)) {
        (true, 0..62) | (false, 0..55) => CustomerStage::Customer,
        (true, _) | (false, 55..85) => CustomerStage::Lead,
        (false, _) => CustomerStage::Visitor,
    };
    Person { people, woman, first, last, registered, stage }
}

fn draft(
    random: &mut Random,
    at: usize,
    person: &Person,
    emails: &mut BTreeSet<String>,
) -> CustomerDraft {
    let people = person.people;
    let is_known = person.stage > CustomerStage::Visitor;
    let trades = random.percent(14);
    CustomerDraft {
        kind: Some(if person.registered { CustomerKind::Registered } else { CustomerKind::Guest }),
        stage: Some(person.stage),
        active: Some(!random.percent(2)),
        email: is_known.then(|| email(random, person, emails)),
        email_alt: if_percent(random, 4, |random| {
            format!("{}@home.example.net", random.fill("contact-####"))
        }),
        phone: if_percent(random, 78, |random| filled(random, people.phones)),
        phone_alt: if_percent(random, 6, |random| random.fill(people.phones[0])),
        fax: if_percent(random, 2, |random| random.fill(people.phones[0])),
        title: if_percent(random, 5, |random| {
            (*random.pick(&["Dr.", "Prof. Dr.", "Mx", "Dipl.-Ing."])).into()
        }),
        first_name: Some(person.first.written.clone()),
        last_name: (!random.percent(1)).then(|| person.last.written.clone()),
        company: trades.then(|| people.company(random)),
        gender: if_percent(random, 30, |random| {
            let own_word = if person.woman { "female" } else { "male" };
            (*random.pick(&[own_word, own_word, own_word, own_word, "non-binary"])).into()
        }),
        date_of_birth: if_percent(random, 55, birthday),
        language: if_percent(random, 88, |_| people.language.into()),
        time_zone: if_percent(random, 70, |_| people.zone.into()),
        vat_number: (trades && !people.vat.is_empty() && random.percent(70))
            .then(|| random.fill(people.vat)),
        tax_exempt: Some(trades && random.percent(15)),
        accepts_marketing: *random.pick(&[Some(true), Some(true), Some(false), Some(false), None]),
        admin_comment: if_percent(random, 9, |random| (*random.pick(COMMENTS)).into()),
        external_ref: if_percent(random, 20, |_| format!("CRM-{:06}", 40_000 + at)),
        custom: if_percent(random, 10, custom),
    }
}

/// Made in so many of a hundred cases. What is made or not doesn't change what comes after it.
fn if_percent<T>(
    random: &mut Random,
    chance: usize,
    make: impl FnOnce(&mut Random) -> T,
) -> Option<T> {
    let mut own = Random::new(random.next());
    own.percent(chance).then(|| make(&mut own))
}

fn email(random: &mut Random, person: &Person, emails: &mut BTreeSet<String>) -> String {
    const DOMAINS: &[&str] =
        &["example.com", "example.org", "example.net", "mail.example.com", "post.example.org"];
    let (first, last) = (&person.first.latin, &person.last.latin);
    let domain = if random.percent(8) { person.people.idn } else { *random.pick(DOMAINS) };
    let local = match random.below(10) {
        0..5 => format!("{first}.{last}"),
        5 => format!("{first}+shop"),
        6 => format!("{last}{}", random.fill("##")),
        7 => format!("{}_{last}", &first[..1]),
        8 => capitalised(first),
        // Letters of the language itself stand before the `@` too (RFC 6531).
        _ => person.first.written.replace(' ', "."),
    };
    for suffix in std::iter::once(String::new()).chain((2..).map(|count: u32| count.to_string())) {
        let email = format!("{local}{suffix}@{domain}");
        if emails.insert(email.to_lowercase()) {
            return email;
        }
    }
    unreachable!("numbers don't run out")
}

/// One of the patterns, filled.
fn filled(random: &mut Random, patterns: &[&str]) -> String {
    let pattern = *random.pick(patterns);
    random.fill(pattern)
}

fn capitalised(word: &str) -> String {
    let (head, tail) = word.split_at(1);
    head.to_uppercase() + tail
}

fn birthday(random: &mut Random) -> String {
    // Somebody has to be born on the day that most years don't have.
    if random.percent(1) {
        return format!("{}-02-29", 1940 + 4 * random.below(16));
    }
    format!("{}-{:02}-{:02}", 1938 + random.below(69), 1 + random.below(12), 1 + random.below(28))
}

fn custom(random: &mut Random) -> Map<String, Value> {
    let value = match random.below(3) {
        0 => {
            json!({ "favourite_style": random.pick(&["Bauhaus", "浮世絵", "Art déco", "суприматизм"]) })
        }
        1 => json!({ "frame_width_mm": 10 + random.below(40), "glass": random.percent(50) }),
        _ => {
            json!({ "newsletter": { "topics": ["prints", "exhibitions"], "weekly": random.percent(50) } })
        }
    };
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn addresses(
    random: &mut Random,
    person: &Person,
    created_ms: u64,
) -> Vec<(AddressId, AddressDraft)> {
    // Who has bought something has told where to send it.
    let has_bought = person.stage == CustomerStage::Customer;
    let count = match (has_bought, random.below(100)) {
        (true, 0..72) | (false, 0..35) => 1,
        (true, 72..93) => 2,
        (true, 93..) => 3,
        (false, _) => 0,
    };
    (0..count)
        .map(|nth| {
            let id = AddressId::from_bytes(random.uuid_v7(created_ms + nth));
            (id, address(random, person, nth))
        })
        .collect()
}

fn address(random: &mut Random, person: &Person, nth: u64) -> AddressDraft {
    let people = person.people;
    let (city, region, region_code, postal) = *random.pick(people.cities);
    let is_work = nth > 0 && random.percent(40);
    AddressDraft {
        label: (nth > 0).then(|| if is_work { "Office".into() } else { "Gift".into() }),
        first_name: Some(person.first.written.clone()),
        last_name: Some(person.last.written.clone()),
        company: is_work.then(|| people.company(random)),
        line1: Some(filled(random, people.streets)),
        line2: if_percent(random, 25, |random| filled(random, people.flats)),
        city: Some(city.into()),
        county: None,
        region: Some(region.into()),
        region_code: Some(region_code.into()),
        postal_code: Some(random.fill(postal)),
        country: Some(people.country.into()),
        phone: if_percent(random, 30, |random| random.fill(people.phones[0])),
        validated: Some(random.percent(60)),
    }
}

#[cfg(test)]
mod tests;
