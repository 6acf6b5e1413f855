use std::collections::{BTreeMap, BTreeSet};

use galleria_domain::{
    Address, AddressOrigin, CreatedVia, Customer, CustomerOrigin, Day, FieldError, StoreId,
};

use super::*;

/// How postal codes look, by country: `9` is a digit, `A` a letter, `X` either. A country has one
/// line for each form.
const POSTAL_CODES: &[(&str, &str)] = &[
    ("DE", "99999"),
    ("AT", "9999"),
    ("FR", "99999"),
    ("ES", "99999"),
    ("PT", "9999-999"),
    ("BR", "99999-999"),
    ("MX", "99999"),
    ("IT", "99999"),
    ("NL", "9999 AA"),
    ("CH", "9999"),
    ("US", "99999"),
    ("US", "99999-9999"),
    ("CA", "A9A 9A9"),
    ("GB", "A9 9AA"),
    ("GB", "AA9 9AA"),
    ("GB", "AA99 9AA"),
    ("GB", "AA9A 9AA"),
    ("IE", "A99 XXXX"),
    ("AU", "9999"),
    ("SE", "999 99"),
    ("DK", "9999"),
    ("FI", "99999"),
    ("IS", "999"),
    ("PL", "99-999"),
    ("CZ", "999 99"),
    ("HU", "9999"),
    ("RO", "999999"),
    ("TR", "99999"),
    ("GR", "999 99"),
    ("UA", "99999"),
    ("BG", "9999"),
    ("KZ", "999999"),
    ("GE", "9999"),
    ("AM", "9999"),
    ("IL", "9999999"),
    ("EG", "99999"),
    ("SA", "99999"),
    ("KW", "99999"),
    ("IR", "9999999999"),
    ("ET", "9999"),
    ("IN", "999999"),
    ("NP", "99999"),
    ("BD", "9999"),
    ("LK", "99999"),
    ("TH", "99999"),
    ("KH", "99999"),
    ("VN", "999999"),
    ("ID", "99999"),
    ("CN", "999999"),
    ("TW", "999"),
    ("HK", ""),
    ("JP", "999-9999"),
    ("KR", "99999"),
    ("MN", "99999"),
];

/// Scripts by the block of their first letters, and how many customers are to be written in each
/// at least.
const SCRIPTS: &[(&str, std::ops::RangeInclusive<char>, usize)] = &[
    ("Arabic", '\u{600}'..='\u{6ff}', 80),
    ("Armenian", '\u{530}'..='\u{58f}', 20),
    ("Bengali", '\u{980}'..='\u{9ff}', 20),
    ("Cyrillic", '\u{400}'..='\u{4ff}', 80),
    ("Devanagari", '\u{900}'..='\u{97f}', 50),
    ("Ethiopic", '\u{1200}'..='\u{137f}', 10),
    ("Georgian", '\u{10a0}'..='\u{10ff}', 20),
    ("Greek", '\u{370}'..='\u{3ff}', 30),
    ("Gurmukhi", '\u{a00}'..='\u{a7f}', 10),
    ("Han", '\u{4e00}'..='\u{9fff}', 150),
    ("Hangul", '\u{ac00}'..='\u{d7a3}', 40),
    ("Hebrew", '\u{590}'..='\u{5ff}', 30),
    ("Hiragana", '\u{3040}'..='\u{309f}', 5),
    ("Katakana", '\u{30a0}'..='\u{30ff}', 2),
    ("Khmer", '\u{1780}'..='\u{17ff}', 10),
    ("Sinhala", '\u{d80}'..='\u{dff}', 10),
    ("Tamil", '\u{b80}'..='\u{bff}', 15),
    ("Thai", '\u{e00}'..='\u{e7f}', 30),
    ("Latin with marks", '\u{c0}'..='\u{17f}', 250),
    ("Vietnamese", '\u{1ea0}'..='\u{1ef9}', 40),
    ("beyond the basic plane", '\u{20000}'..='\u{2ffff}', 2),
];

fn customers() -> Vec<(Customer, Vec<Address>)> {
    all().into_iter().map(|row| read(row).unwrap()).collect()
}

fn read(row: ImportedCustomer) -> Result<(Customer, Vec<Address>), Vec<FieldError>> {
    let at = row.created_at.unwrap();
    let origin = CustomerOrigin {
        id: row.id.clone(),
        store: StoreId::from_bytes([0; 16]),
        number: 1,
        at,
        via: CreatedVia::Import,
        by: None,
    };
    let today = Day::new(2023, 11, 6).unwrap();
    let customer = Customer::create(row.draft, origin, today)?;
    let made = row.addresses.into_iter().map(|(id, draft)| {
        Address::create(draft, AddressOrigin { id, customer: row.id.clone(), at })
    });
    Ok((customer, made.collect::<Result<_, _>>()?))
}

#[test]
fn every_customer_and_address_keeps_the_rules_of_the_shop() {
    for row in all() {
        let count = row.addresses.len();
        for nth in [row.default_billing, row.default_shipping] {
            assert_eq!(nth.is_some(), count > 0);
            assert!(nth.is_none_or(|nth| nth < count));
        }
        let text = format!("{row:?}");
        read(row).unwrap_or_else(|errors| panic!("{errors:?} in {text}"));
    }
}

#[test]
fn the_customers_are_the_same_every_time() {
    let (one, other) = (all(), all());
    assert_eq!(one.len(), COUNT);
    assert_eq!(one, other);
    // Whoever changes the tables changes what people know the demo by: say it in the changelog.
    assert_eq!(one[0].id.as_str(), "cus_018ba48fc3727343ab8a3b87bf1251d3");
}

#[test]
fn ids_numbers_and_dates_go_up_together() {
    let all = all();
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert!(all.windows(2).all(|pair| pair[0].created_at < pair[1].created_at));
    let addresses: Vec<_> = all.iter().flat_map(|row| &row.addresses).map(|(id, _)| id).collect();
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
}

#[test]
fn every_email_is_somebodys_own_and_leads_nowhere() {
    const RESERVED: &[&str] = &[
        ".example",
        "example.com",
        "example.org",
        "example.net",
        // The domains that IANA set up to test internationalised names.
        "xn--hxajbheg2az3al.xn--jxalpdlp",
        "xn--e1afmkfd.xn--80akhbyknj4f",
        "xn--mgbh0fb.xn--kgbechtv",
        "xn--mgbh0fb.xn--hgbk6aj7f53bba",
        "xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g",
        "xn--zkc6cc5bi7f6e.xn--hlcj6aya9esc7a",
        "xn--fsqu00a.xn--0zwm56d",
        "xn--fsqu00a.xn--g6w251d",
        "xn--r8jz45g.xn--zckzah",
        "xn--9n2bp8q.xn--9t4b11yi5a",
    ];
    let mut seen = BTreeSet::new();
    for (customer, _) in customers() {
        for email in [&customer.email, &customer.email_alt].into_iter().flatten() {
            let normal = email.normalized();
            assert!(RESERVED.iter().any(|domain| normal.ends_with(domain)), "{normal}");
        }
        if let Some(email) = &customer.email {
            assert!(seen.insert(email.normalized().to_owned()), "{email}");
        }
    }
}

#[test]
fn all_scripts_are_present() {
    let all = customers();
    for (script, letters, at_least) in SCRIPTS {
        let is_written = |(customer, _): &&(Customer, Vec<Address>)| {
            customer.full_name().chars().any(|c| letters.contains(&c))
        };
        let count = all.iter().filter(is_written).count();
        assert!(count >= *at_least, "{script}: {count}");
    }
}

#[test]
fn postal_codes_look_as_they_do_in_their_country() {
    let mut countries = BTreeSet::new();
    for address in customers().into_iter().flat_map(|(_, addresses)| addresses) {
        let country = address.postal.country.to_string();
        let fits = POSTAL_CODES
            .iter()
            .any(|(of, form)| *of == country && has_form(&address.postal.postal_code, form));
        assert!(fits, "{country}: {}", address.postal.postal_code);
        countries.insert(country);
    }
    assert!(countries.len() >= 50, "{}", countries.len());
}

fn has_form(code: &str, form: &str) -> bool {
    code.chars().count() == form.chars().count()
        && code.chars().zip(form.chars()).all(|(c, form)| match form {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            'X' => c.is_ascii_uppercase() || c.is_ascii_digit(),
            other => c == other,
        })
}

#[test]
fn numbers_of_countries_that_keep_some_for_fiction_are_of_those() {
    const KEPT: &[(&str, &[&str])] = &[
        ("DE", &["3023125", "4066969", "8999998", "17139200", "6990009"]),
        ("FR", &["19900", "26191", "63998", "46571"]),
        ("US", &["21255501", "40455501", "61755501", "30555501"]),
        ("CA", &["51455501", "41655501"]),
        ("GB", &["2079460", "1134960", "7700900", "1314960"]),
        ("IE", &["2091"]),
        ("AU", &["25550", "37010"]),
        ("SE", &["8465004", "3139006", "4062804"]),
    ];
    for people in people::all() {
        let kept = KEPT.iter().find(|(country, _)| *country == people.country);
        for pattern in people.phones {
            let number = Random::new(1).fill(pattern);
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let is_kept = kept.is_none_or(|(_, ranges)| {
                ranges.iter().any(|range| digits.trim_start_matches('0').contains(range))
            });
            assert!(is_kept && (7..=15).contains(&digits.len()), "{}: {number}", people.country);
        }
    }
}

#[test]
fn the_mix_is_one_that_a_shop_could_have() {
    let all = customers();
    let count = |of: &dyn Fn(&Customer) -> bool| all.iter().filter(|(one, _)| of(one)).count();
    let share = |of: &dyn Fn(&Customer) -> bool| count(of) * 100 / COUNT;
    assert!((65..=75).contains(&share(&|one| one.kind == CustomerKind::Registered)));
    assert!((50..=70).contains(&share(&|one| one.stage == CustomerStage::Customer)));
    assert!((25..=45).contains(&share(&|one| one.stage == CustomerStage::Lead)));
    assert!((1..=10).contains(&share(&|one| one.stage == CustomerStage::Visitor)));
    assert!((8..=20).contains(&share(&|one| one.company.is_some())));
    assert!((45..=65).contains(&share(&|one| one.date_of_birth.is_some())));
    assert!(
        count(&|one| one.date_of_birth.is_some_and(|day| (day.month(), day.day()) == (2, 29))) > 0
    );
    assert!(count(&|one| !one.active) > 0 && count(&|one| one.tax_exempt) > 0);
    assert!(count(&|one| one.admin_comment.contains('\n')) > 0);
    assert!(count(&|one| one.email.is_none()) > 0 && count(&|one| one.last_name.is_empty()) > 0);
    let mut languages = BTreeMap::new();
    for (customer, _) in &all {
        *languages.entry(customer.language.as_ref().map(ToString::to_string)).or_insert(0) += 1;
    }
    assert_eq!(languages.len(), people::all().count() + 1, "{languages:?}");
}
