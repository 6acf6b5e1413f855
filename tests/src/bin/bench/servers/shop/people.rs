//! People who never were: the same ones in every run.

use galleria_domain::{CustomerDraft, CustomerKind};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

const FIRST_NAMES: &[&str] = &[
    "Ada",
    "Agnieszka",
    "Aïcha",
    "Ali",
    "Amélie",
    "Anders",
    "Anna",
    "Björn",
    "Carlos",
    "Chidi",
    "Chloé",
    "Đorđe",
    "Dmitri",
    "Elif",
    "Emma",
    "Fatima",
    "François",
    "Giulia",
    "Grace",
    "Hans",
    "Ingrid",
    "Ivan",
    "James",
    "João",
    "Jürgen",
    "Katarzyna",
    "Lars",
    "Léa",
    "Lucía",
    "Maria",
    "Mehmet",
    "Mohammed",
    "Ngozi",
    "Noah",
    "Olga",
    "Øyvind",
    "Paula",
    "Quentin",
    "Rana",
    "Siobhán",
    "Søren",
    "Thị",
    "Ulla",
    "Víctor",
    "Wanjiru",
    "Xavier",
    "Yusuf",
    "Zoë",
    "Ольга",
    "Дмитрий",
    "Ελένη",
    "Νίκος",
    "محمد",
    "ליאור",
    "अनिता",
    "太郎",
    "花子",
    "伟",
    "민준",
    "สมชาย",
];
const LAST_NAMES: &[&str] = &[
    "Andersson",
    "Ångström",
    "Bianchi",
    "Çelik",
    "Dupont",
    "Eze",
    "Fernández",
    "García",
    "Hansen",
    "İnönü",
    "Jansen",
    "Kowalska",
    "Lefèvre",
    "Müller",
    "Nguyễn",
    "O'Brien",
    "Petrov",
    "Quispe",
    "Rossi",
    "Schmidt",
    "Şahin",
    "Tanaka",
    "Usman",
    "Vogel",
    "Weiß",
    "Yılmaz",
    "Živković",
    "Иванова",
    "Кузнецов",
    "Παπαδόπουλος",
    "الحسن",
    "כהן",
    "शर्मा",
    "山田",
    "佐藤",
    "李",
    "김",
    "ศรีสุข",
];
const BEGINNINGS: &[&str] = &[
    "Al", "Ber", "Cor", "Dan", "El", "Fal", "Gren", "Hol", "Is", "Jor", "Kal", "Lin", "Mar", "Nor",
    "Ost", "Per", "Ros", "San", "Tor", "Vel", "Wal", "Zim",
];
const MIDDLES: &[&str] =
    &["a", "an", "be", "den", "er", "go", "in", "ka", "le", "mo", "ro", "ti", "u"];
const ENDINGS: &[&str] = &[
    "berg", "dahl", "etti", "ford", "gaard", "haus", "ic", "king", "ley", "mann", "nen", "ová",
    "quist", "son", "stein", "ton", "vic", "wood",
];
const DOMAINS: &[&str] =
    &["example.com", "example.net", "example.org", "mail.example", "post.example", "büro.example"];
const COMPANIES: &[&str] = &["GmbH", "Ltd", "S.A.", "AB", "& Sons", "Inc", "株式会社"];
const LANGUAGES: &[&str] = &["en", "de", "fr", "es", "pl", "ja", "ru", "tr"];
const PREFIXES: &[&str] = &["+49", "+44", "+1", "+33", "+81", "+48", "+90", "+7"];

/// The customer of this number.
pub(super) fn draft(number: u32) -> CustomerDraft {
    let mut random = StdRng::seed_from_u64(u64::from(number));
    let first = pick(&mut random, FIRST_NAMES).to_owned();
    let last = last_name(&mut random);
    let registered = random.random_ratio(3, 5);
    CustomerDraft {
        kind: Some(if registered { CustomerKind::Registered } else { CustomerKind::Guest }),
        email: Some(email(&mut random, number)),
        phone: random.random_ratio(1, 2).then(|| phone(&mut random)),
        company: random
            .random_ratio(1, 5)
            .then(|| format!("{} {}", last_name(&mut random), pick(&mut random, COMPANIES))),
        language: Some(pick(&mut random, LANGUAGES).to_owned()),
        first_name: Some(first),
        last_name: Some(last),
        ..CustomerDraft::default()
    }
}

fn last_name(random: &mut StdRng) -> String {
    if random.random_ratio(1, 4) {
        return pick(random, LAST_NAMES).to_owned();
    }
    let parts = [BEGINNINGS, MIDDLES, ENDINGS].map(|parts| pick(random, parts));
    parts.concat()
}

/// Unlike every other, since it has the number in it.
fn email(random: &mut StdRng, number: u32) -> String {
    let parts = [BEGINNINGS, MIDDLES].map(|parts| pick(random, parts));
    let domain = pick(random, DOMAINS);
    format!("{}.{}{number}@{domain}", parts[0].to_lowercase(), parts[1])
}

fn phone(random: &mut StdRng) -> String {
    let prefix = pick(random, PREFIXES);
    format!(
        "{prefix} {} {}",
        random.random_range(100..1_000),
        random.random_range(100_000..10_000_000)
    )
}

fn pick(random: &mut StdRng, from: &[&'static str]) -> &'static str {
    from[random.random_range(0..from.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_is_the_same_person() {
        assert_eq!(draft(7), draft(7));
        assert_ne!(draft(7), draft(8));
        assert_ne!(draft(7).email, draft(1_007).email);
    }
}
