//! What a list of customers has to be, worked out in memory.

use galleria_domain::{
    Address, Customer, CustomerFilter, CustomerId, CustomerKind, CustomerSort, CustomerSortKey,
    FacetCondition, FacetOp, FacetValue, Instant, Money, digits, fold, fold_strip, postal_key,
};

use super::people::Person;

/// Those whom the filter means, in the order asked for.
pub(super) fn wanted<'a>(
    people: &'a [Person],
    filter: &CustomerFilter,
    sort: &CustomerSort,
) -> Vec<&'a CustomerId> {
    let mut found: Vec<_> =
        people.iter().enumerate().filter(|(_, person)| is_wanted(person, filter)).collect();
    // Equal ones by when they were made, and then by when they were stored; or by their ids.
    let by_facet = matches!(sort.key, CustomerSortKey::Facet { .. });
    let age = |person: &Person, at: usize| {
        let is_by_id = by_facet && sort_key(person, sort).is_some();
        (if is_by_id { Instant::EPOCH } else { person.customer.created_at }, at)
    };
    found.sort_by(|(one_at, one), (other_at, other)| {
        let (one_key, other_key) = (sort_key(one, sort), sort_key(other, sort));
        // Those without a value come last in either direction.
        let by_absence = one_key.is_none().cmp(&other_key.is_none());
        let by_value = (one_key, age(one, *one_at)).cmp(&(other_key, age(other, *other_at)));
        by_absence.then(if sort.descending { by_value.reverse() } else { by_value })
    });
    found.into_iter().map(|(_, person)| &person.customer.id).collect()
}

fn sort_key(person: &Person, sort: &CustomerSort) -> Option<(String, i64)> {
    let Person { customer, tags, points, .. } = person;
    let number = |number: i64| Some((String::new(), number));
    let text = |text: String| Some((text, 0)).filter(|(text, _)| !text.is_empty());
    match &sort.key {
        CustomerSortKey::CreatedAt => number(0),
        CustomerSortKey::Email => text(customer.email.as_ref()?.normalized().to_owned()),
        CustomerSortKey::LastActivityAt => number(customer.last_activity_at?.as_micros()),
        CustomerSortKey::Name => {
            text(fold(&format!("{} {}", customer.last_name, customer.first_name)).trim().to_owned())
        }
        CustomerSortKey::Number => number(i64::try_from(customer.number).unwrap()),
        CustomerSortKey::OrdersCount => number(customer.orders_count.into()),
        CustomerSortKey::Facet { key, .. } if key == "tag" => {
            text(if sort.descending { tags.iter().max()? } else { tags.iter().min()? }.clone())
        }
        CustomerSortKey::Facet { .. } => number((*points)?),
    }
}

fn is_wanted(person: &Person, filter: &CustomerFilter) -> bool {
    let Person { customer, .. } = person;
    let born = customer.date_of_birth;
    let spent = |least: Money| {
        customer
            .total_spent
            .iter()
            .any(|spent| spent.currency == least.currency && spent.amount >= least.amount)
    };
    holds(filter.ip, |ip| customer.last_ip == Some(ip))
        && holds(filter.dob, |day| born == Some(day))
        && holds(filter.birth_day, |day| born.is_some_and(|born| born.day() == day.cast_signed()))
        && holds(filter.birth_month, |month| {
            born.is_some_and(|born| born.month() == month.cast_signed())
        })
        && holds(filter.stage, |stage| customer.stage == stage)
        && holds(filter.has_account, |has| (customer.kind == CustomerKind::Registered) == has)
        && holds(filter.active, |active| customer.active == active)
        && holds(filter.tax_exempt, |exempt| customer.tax_exempt == exempt)
        && holds(filter.created_from, |from| customer.created_at >= from)
        && holds(filter.created_to, |to| customer.created_at < to)
        && holds(filter.active_from, |from| customer.last_activity_at.is_some_and(|at| at >= from))
        && holds(filter.active_to, |to| customer.last_activity_at.is_some_and(|at| at < to))
        && holds(filter.orders_min, |least| customer.orders_count >= least)
        && holds(filter.orders_max, |most| customer.orders_count <= most)
        && holds(filter.spent_min, spent)
        && texts_match(customer, filter)
        && place_matches(&person.addresses, filter)
        && filter.facets.iter().all(|facet| facet_matches(person, facet))
}

fn holds<T>(asked: Option<T>, test: impl FnOnce(T) -> bool) -> bool {
    asked.is_none_or(test)
}

fn key(text: &str, filter: &CustomerFilter) -> String {
    if filter.ignore_accents { fold_strip(text) } else { fold(text) }
}

/// Whether all words of what is looked for are parts of the texts; no words are part of nothing.
fn contains_words(texts: &[String], looked_for: &str, filter: &CustomerFilter) -> bool {
    let looked_for = key(looked_for, filter);
    let mut words = looked_for.split_whitespace().peekable();
    words.peek().is_some()
        && words.all(|word| texts.iter().any(|text| key(text, filter).contains(word)))
}

fn texts_match(customer: &Customer, filter: &CustomerFilter) -> bool {
    let name = [customer.full_name()];
    let emails: Vec<_> = [&customer.email, &customer.email_alt]
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let company = [customer.company.clone().unwrap_or_default()];
    let phones: Vec<_> = [&customer.phone, &customer.phone_alt]
        .into_iter()
        .flatten()
        .map(|phone| digits(phone))
        .collect();
    let everything = [&name[..], &emails, &company, &phones].concat();
    let dials = |text: &str| {
        let asked = digits(text);
        let asked = if asked.trim_start_matches('0').is_empty() {
            &asked
        } else {
            asked.trim_start_matches('0')
        };
        !asked.is_empty() && phones.iter().any(|phone| phone.contains(asked))
    };
    let is_number = |text: &str| {
        digits(text).len() >= 3
            && text.chars().all(|c| c.is_numeric() || c.is_whitespace() || "+-()/.".contains(c))
    };
    holds(filter.name.as_deref(), |text| contains_words(&name, text, filter))
        && holds(filter.email.as_deref(), |text| contains_words(&emails, text, filter))
        && holds(filter.company.as_deref(), |text| contains_words(&company, text, filter))
        && holds(filter.phone.as_deref(), dials)
        && holds(filter.q.as_deref(), |text| {
            contains_words(&everything, text, filter) || (is_number(text) && dials(text))
        })
}

fn place_matches(addresses: &[Address], filter: &CustomerFilter) -> bool {
    let asked = filter.country.is_some()
        || [&filter.zip, &filter.city, &filter.address].iter().any(|text| text.is_some());
    let matches = |address: &Address| {
        let keys = address.postal.search_keys();
        let (city, place) = if filter.ignore_accents {
            (keys.city_strip, keys.place_strip)
        } else {
            (keys.city_fold, keys.place_fold)
        };
        let has =
            |text: &String, asked: &str| contains_words(std::slice::from_ref(text), asked, filter);
        holds(filter.country, |country| address.postal.country == country)
            && holds(filter.zip.as_deref(), |zip| keys.postal_key.starts_with(&postal_key(zip)))
            && holds(filter.city.as_deref(), |asked| has(&city, asked))
            && holds(filter.address.as_deref(), |asked| has(&place, asked))
    };
    !asked || addresses.iter().any(matches)
}

fn facet_matches(person: &Person, condition: &FacetCondition) -> bool {
    let stored: Vec<FacetValue> = if condition.key == "tag" {
        person.tags.iter().cloned().map(FacetValue::Text).collect()
    } else {
        person.points.map(FacetValue::Number).into_iter().collect()
    };
    let implied = match person.customer.kind {
        CustomerKind::Registered => "member",
        CustomerKind::Guest => "stranger",
    };
    let is = |value: &FacetValue| {
        stored.contains(value)
            || (condition.key == "tag" && *value == FacetValue::Text(implied.to_owned()))
    };
    let number = |test: &dyn Fn(i64) -> bool| {
        stored.iter().any(|value| matches!(value, FacetValue::Number(number) if test(*number)))
    };
    match &condition.op {
        FacetOp::Is(value) => is(value),
        FacetOp::AnyOf(values) => values.iter().any(is),
        FacetOp::None => stored.is_empty(),
        FacetOp::AtLeast(least) => number(&|value| value >= *least),
        FacetOp::AtMost(most) => number(&|value| value <= *most),
    }
}
