//! What people are called around the world, and where and how they live.

mod east;
mod far;
mod middle;
mod north;
mod south;
mod west;

use super::random::Random;

/// People of one country and language.
///
/// Names stand in one text, apart by spaces; a `_` is a space within a name. A name that isn't in
/// Latin letters has them behind a `/`, for the email address: `Нина/nina`. Family names that
/// differ have the woman's before the man's: `Jónsdóttir|Jónsson`.
pub(super) struct People {
    /// ISO 3166-1.
    pub(super) country: &'static str,
    /// BCP 47.
    pub(super) language: &'static str,
    /// IANA.
    pub(super) zone: &'static str,
    /// How many there are, compared with others.
    pub(super) weight: usize,
    pub(super) women: &'static str,
    pub(super) men: &'static str,
    pub(super) families: &'static str,
    /// City, region, the region's code of ISO 3166-2, and the pattern of its postal codes.
    pub(super) cities: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Patterns of street and house number.
    pub(super) streets: &'static [&'static str],
    /// Patterns of a second line.
    pub(super) flats: &'static [&'static str],
    /// Companies; `*` is a family name.
    pub(super) companies: &'static [&'static str],
    /// Patterns of phone numbers: of those that are kept for fiction where there are such, else
    /// with a 0 behind the area code, which as a rule no exchange gives out.
    pub(super) phones: &'static [&'static str],
    /// A domain that is reserved for examples, in the letters of the language: below `.example`
    /// (RFC 2606), or one of those that IANA set up to test internationalised names.
    pub(super) idn: &'static str,
    /// The pattern of a VAT number; empty where it isn't modelled.
    pub(super) vat: &'static str,
}

const REGIONS: [&[People]; 6] =
    [west::PEOPLES, north::PEOPLES, east::PEOPLES, middle::PEOPLES, south::PEOPLES, far::PEOPLES];

/// Everybody.
pub(super) fn all() -> impl Iterator<Item = &'static People> {
    REGIONS.into_iter().flatten()
}

/// Some people, the more numerous ones more often.
pub(super) fn pick(random: &mut Random) -> &'static People {
    let total = all().map(|people| people.weight).sum();
    let mut left = random.below(total);
    for people in all() {
        match left.checked_sub(people.weight) {
            Some(rest) => left = rest,
            None => return people,
        }
    }
    &west::PEOPLES[0]
}

/// A name as it is written, and in Latin letters without marks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Name {
    pub(super) written: String,
    pub(super) latin: String,
}

impl Name {
    fn read(text: &str) -> Self {
        let (written, latin) = text.split_once('/').unwrap_or((text, text));
        Self { written: written.replace('_', " "), latin: to_latin(latin) }
    }
}

/// What stands for a name in an email address: letters a to z and hyphens.
fn to_latin(name: &str) -> String {
    let mut latin = String::with_capacity(name.len());
    for c in galleria_domain::fold_strip(name).chars() {
        match c {
            'a'..='z' | '-' => latin.push(c),
            'ß' => latin.push_str("ss"),
            'æ' => latin.push_str("ae"),
            'œ' => latin.push_str("oe"),
            'ø' => latin.push('o'),
            'ł' => latin.push('l'),
            'đ' | 'ð' => latin.push('d'),
            'þ' => latin.push_str("th"),
            'ı' => latin.push('i'),
            'ə' => latin.push('e'),
            _ => {}
        }
    }
    latin
}

impl People {
    /// The first name of a woman or a man.
    pub(super) fn first_name(&self, random: &mut Random, woman: bool) -> Name {
        let names: Vec<&str> =
            if woman { self.women } else { self.men }.split_whitespace().collect();
        Name::read(random.pick::<&str>(&names))
    }

    /// The family name of a woman or a man.
    pub(super) fn family_name(&self, random: &mut Random, woman: bool) -> Name {
        let names: Vec<&str> = self.families.split_whitespace().collect();
        let name = random.pick(&names);
        let (hers, his) = name.split_once('|').unwrap_or((name, name));
        Name::read(if woman { hers } else { his })
    }

    /// A company, called after a family.
    pub(super) fn company(&self, random: &mut Random) -> String {
        let family = self.family_name(random, false).written;
        random.pick(self.companies).replace('*', &family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_form_for_email_addresses() {
        for people in all() {
            for list in [people.women, people.men, people.families] {
                for name in list.split_whitespace().flat_map(|name| name.split('|')) {
                    let name = Name::read(name);
                    assert!(!name.latin.is_empty(), "{} in {}", name.written, people.language);
                    assert!(!name.latin.starts_with('-'), "{}", name.written);
                }
            }
        }
    }

    #[test]
    fn letters_that_are_not_just_marked_are_spelt_out() {
        assert_eq!(to_latin("Strauß"), "strauss");
        assert_eq!(to_latin("Łukasz"), "lukasz");
        assert_eq!(to_latin("Þórðarson"), "thordarson");
        assert_eq!(to_latin("Kjærgaard"), "kjaergaard");
        assert_eq!(to_latin("Nguyễn"), "nguyen");
        assert_eq!(to_latin("O’Brien"), "obrien");
    }

    #[test]
    fn whoever_has_a_form_of_the_family_name_has_their_own() {
        let iceland = all().find(|people| people.country == "IS").unwrap();
        let (mut hers, mut his) = (Random::new(3), Random::new(3));
        for _ in 0..50 {
            let (hers, his) =
                (iceland.family_name(&mut hers, true), iceland.family_name(&mut his, false));
            assert_eq!(
                hers.written.ends_with("dóttir"),
                his.written.ends_with("sson") || his.written.ends_with("arson"),
                "{} {}",
                hers.written,
                his.written
            );
        }
    }
}
