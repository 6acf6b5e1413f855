//! Stores: what customers, carts and orders belong to.

use crate::error::{FieldCode, FieldError, Mistakes};
use crate::id::StoreId;
use crate::locale::{LanguageTag, TimeZoneName};
use crate::money::Currency;
use crate::names::named;
use crate::text::TextRule;

/// The most hosts, currencies or languages that a store can have.
pub const STORE_LIST_MAX: usize = 100;

const NAME: TextRule = TextRule::line(256);

named! {
    /// Whether prices are shown with tax.
    PriceMode, "way to show prices" {
        /// Prices are net; tax comes on top.
        Excl = "excl",
        /// Prices are gross; tax is in them.
        Incl = "incl",
    }
}

/// A store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Store {
    /// Names it for ever.
    pub id: StoreId,
    /// Grows by one with each change.
    pub version: u64,
    /// What people call it; never empty.
    pub name: String,
    /// The host names that it answers to, in ASCII and small letters, without a port.
    pub hosts: Vec<String>,
    /// The currency where none is asked for; one of `currencies`.
    pub default_currency: Currency,
    /// What one can pay in; never empty.
    pub currencies: Vec<Currency>,
    /// The languages it speaks, its own first; never empty.
    pub languages: Vec<LanguageTag>,
    /// Where its days begin.
    pub time_zone: TimeZoneName,
    /// Whether prices are shown with tax.
    pub price_mode: PriceMode,
}

/// What a store is to be made of, or what is to be different about it, as it was given. What isn't
/// named stays, or for a store to be made, is the usual.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(missing_docs, reason = "`Store` says what they mean")]
pub struct StoreChange {
    pub name: Option<String>,
    pub hosts: Option<Vec<String>>,
    pub default_currency: Option<String>,
    pub currencies: Option<Vec<String>>,
    pub languages: Option<Vec<String>>,
    pub time_zone: Option<String>,
    pub price_mode: Option<PriceMode>,
}

impl Store {
    /// Makes a store; a name and a default currency are required. Unless said otherwise it sells
    /// in that currency alone, speaks English, lives in UTC and shows prices with tax.
    pub fn create(change: &StoreChange, id: StoreId) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        if change.name.is_none() {
            mistakes.add("name", FieldCode::Required, "is required");
        }
        let currency = mistakes.required("default_currency", change.default_currency.as_deref());
        // Without a currency the rest is looked through all the same, for what else is wrong.
        let currency = currency.unwrap_or(Currency::ANY);
        let mut store = Self {
            id,
            version: 1,
            name: String::new(),
            hosts: Vec::new(),
            default_currency: currency,
            currencies: vec![currency],
            languages: vec![LanguageTag::english()],
            time_zone: TimeZoneName::utc(),
            price_mode: PriceMode::Incl,
        };
        store.change(&StoreChange { default_currency: None, ..change.clone() }, &mut mistakes);
        mistakes.finish(store)
    }

    /// The store with a change made, one version further on; or everything that is wrong with it.
    pub fn apply(&self, change: &StoreChange) -> Result<Self, Vec<FieldError>> {
        let mut mistakes = Mistakes::new();
        let mut next = self.clone();
        next.version += 1;
        next.change(change, &mut mistakes);
        mistakes.finish(next)
    }

    /// The language of the store that fits a reader of `wanted` best: that very one, else one with
    /// the same base, else the store's own.
    pub fn language_for(&self, wanted: &LanguageTag) -> LanguageTag {
        let same_base = || self.languages.iter().find(|tag| tag.base() == wanted.base());
        let exact = self.languages.iter().find(|tag| *tag == wanted);
        exact
            .or_else(same_base)
            .or_else(|| self.languages.first())
            .cloned()
            .unwrap_or_else(LanguageTag::english)
    }

    fn change(&mut self, change: &StoreChange, mistakes: &mut Mistakes) {
        if let Some(name) = &change.name {
            if name.trim().is_empty() {
                mistakes.add("name", FieldCode::Required, "is required");
            } else if mistakes.keep("name", NAME.check(name)).is_some() {
                self.name.clone_from(name);
            }
        }
        if let Some(hosts) = &change.hosts {
            self.hosts = read_hosts(hosts, mistakes);
        }
        if let Some(currency) = &change.default_currency {
            let read = mistakes.parse("default_currency", currency);
            self.default_currency = read.unwrap_or(self.default_currency);
        }
        if let Some(currencies) = &change.currencies {
            self.currencies = read_list("currencies", currencies, mistakes);
        }
        if let Some(languages) = &change.languages {
            self.languages = read_list("languages", languages, mistakes);
        }
        if let Some(zone) = &change.time_zone
            && let Some(zone) = mistakes.parse("time_zone", zone)
        {
            self.time_zone = zone;
        }
        self.price_mode = change.price_mode.unwrap_or(self.price_mode);
        if mistakes.is_empty() && !self.currencies.contains(&self.default_currency) {
            let message = "is not among the currencies of the store";
            mistakes.add("default_currency", FieldCode::Range, message);
        }
    }
}

/// Reads a list that must have something in it; what is named twice stands there once.
fn read_list<T>(path: &str, texts: &[String], mistakes: &mut Mistakes) -> Vec<T>
where
    T: std::str::FromStr<Err: crate::error::Mistake> + PartialEq,
{
    if texts.is_empty() {
        mistakes.add(path, FieldCode::Required, "must not be empty");
    }
    if texts.len() > STORE_LIST_MAX {
        mistakes.add(path, FieldCode::TooLong, "has more than 100 entries");
        return Vec::new();
    }
    let mut values = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        if let Some(value) = mistakes.parse(&format!("{path}.{at}"), text)
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    values
}

fn read_hosts(texts: &[String], mistakes: &mut Mistakes) -> Vec<String> {
    if texts.len() > STORE_LIST_MAX {
        mistakes.add("hosts", FieldCode::TooLong, "has more than 100 entries");
        return Vec::new();
    }
    let mut hosts = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        match idna::domain_to_ascii_strict(text) {
            Ok(host) if !hosts.contains(&host) => hosts.push(host),
            Ok(_) => {}
            Err(_) => {
                mistakes.add(&format!("hosts.{at}"), FieldCode::Malformed, "is no host name");
            }
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    fn draft() -> StoreChange {
        StoreChange {
            name: Some("Galerie".into()),
            default_currency: Some("CHF".into()),
            ..StoreChange::default()
        }
    }

    fn store() -> Store {
        Store::create(&draft(), StoreId::from_bytes([0; 16])).unwrap()
    }

    #[test]
    fn a_store_needs_a_name_and_a_currency_and_no_more() {
        let store = store();
        assert_eq!(store.currencies, ["CHF".parse().unwrap()]);
        assert_eq!((store.languages[0].as_str(), store.time_zone.as_str()), ("en", "UTC"));
        let errors = Store::create(&StoreChange::default(), store.id).unwrap_err();
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["name", "default_currency"]);
    }

    #[test]
    fn every_mistake_about_a_store_is_named() {
        let change = StoreChange {
            name: Some("\0".into()),
            hosts: Some(texts(&["shop.example.com", "no host", "http://a.b"])),
            currencies: Some(texts(&["CHF", "XXX"])),
            languages: Some(texts(&[])),
            time_zone: Some("Mars".into()),
            ..StoreChange::default()
        };
        let errors = store().apply(&change).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| (error.path.as_str(), error.code)).collect();
        assert_eq!(
            named,
            [
                ("name", FieldCode::Malformed),
                ("hosts.1", FieldCode::Malformed),
                ("hosts.2", FieldCode::Malformed),
                ("currencies.1", FieldCode::Unknown),
                ("languages", FieldCode::Required),
                ("time_zone", FieldCode::Unknown),
            ]
        );
    }

    #[test]
    fn the_default_currency_is_one_the_store_sells_in() {
        let change = StoreChange { currencies: Some(texts(&["EUR"])), ..StoreChange::default() };
        assert_eq!(store().apply(&change).unwrap_err()[0].path, "default_currency");
        let change = StoreChange { default_currency: Some("EUR".into()), ..change };
        assert_eq!(store().apply(&change).unwrap().version, 2);
    }

    #[test]
    fn hosts_are_compared_in_ascii_and_small_letters() {
        let hosts = Some(texts(&["Bücher.example", "xn--bcher-kva.example", "localhost"]));
        let store = store().apply(&StoreChange { hosts, ..StoreChange::default() }).unwrap();
        assert_eq!(store.hosts, ["xn--bcher-kva.example", "localhost"]);
    }

    #[test]
    fn a_reader_gets_the_nearest_language() {
        let languages = Some(texts(&["de", "fr-CH"]));
        let store = store().apply(&StoreChange { languages, ..StoreChange::default() }).unwrap();
        for (wanted, given) in [("fr-CH", "fr-CH"), ("fr", "fr-CH"), ("de-AT", "de"), ("ja", "de")]
        {
            assert_eq!(store.language_for(&wanted.parse().unwrap()).as_str(), given);
        }
    }
}
