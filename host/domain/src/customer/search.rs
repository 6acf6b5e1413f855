use super::Customer;
use crate::fold::{digits, fold, fold_strip};

/// The texts by which a customer is found, to be stored beside the row.
///
/// Several values in one key stand on lines of their own, so that no match spans two of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CustomerSearchKeys {
    /// Name, [folded](fold).
    pub name_fold: String,
    /// Name, folded and [without accents](fold_strip).
    pub name_strip: String,
    /// Emails, folded, as typed and in their normal form.
    pub email_fold: String,
    /// The same without accents.
    pub email_strip: String,
    /// Company, folded.
    pub company_fold: String,
    /// The same without accents.
    pub company_strip: String,
    /// The [digits] of the phone numbers.
    pub phone_digits: String,
}

impl CustomerSearchKeys {
    /// Everything that a search over all finds something in, accents counting.
    pub fn all_fold(&self) -> String {
        lines([&self.name_fold, &self.email_fold, &self.company_fold, &self.phone_digits])
    }

    /// Everything that a search over all finds something in, accents not counting.
    pub fn all_strip(&self) -> String {
        lines([&self.name_strip, &self.email_strip, &self.company_strip, &self.phone_digits])
    }
}

impl Customer {
    /// The keys by which this customer is found.
    pub fn search_keys(&self) -> CustomerSearchKeys {
        let name = self.full_name();
        let company = self.company.as_deref().unwrap_or_default();
        let emails = [&self.email, &self.email_alt].into_iter().flatten();
        let emails = lines(emails.flat_map(|email| {
            let differs = fold(email.as_str()) != email.normalized();
            [Some(email.as_str()), differs.then_some(email.normalized())].into_iter().flatten()
        }));
        let phones = [&self.phone, &self.phone_alt].into_iter().flatten();
        CustomerSearchKeys {
            name_fold: fold(&name),
            name_strip: fold_strip(&name),
            email_fold: fold(&emails),
            email_strip: fold_strip(&emails),
            company_fold: fold(company),
            company_strip: fold_strip(company),
            phone_digits: lines(phones.map(|phone| digits(phone))),
        }
    }
}

/// Joins what isn't empty.
fn lines<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut joined = String::new();
    for part in parts {
        let part = part.as_ref();
        if !part.is_empty() {
            if !joined.is_empty() {
                joined.push('\n');
            }
            joined.push_str(part);
        }
    }
    joined
}
