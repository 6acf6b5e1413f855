use std::fmt;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The session cookies: their names, and how they are set.
///
/// Over HTTPS their names begin with `__Host-`, which browsers accept only with `Secure`, for the
/// whole host and from the host itself. Plain HTTP can't have that and is meant for loopback.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cookies {
    /// Whether clients reach the host over HTTPS.
    pub secure: bool,
}

/// Which session a cookie is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Staff,
    Customer,
    /// Of somebody unknown.
    Visit,
    /// Of staff acting for a customer in the storefront.
    Acting,
}

impl Cookies {
    fn name(self, kind: Kind) -> &'static str {
        match (self.secure, kind) {
            (true, Kind::Staff) => "__Host-galleria_staff",
            (true, Kind::Customer) => "__Host-galleria_customer",
            (true, Kind::Visit) => "__Host-galleria_visit",
            (true, Kind::Acting) => "__Host-galleria_acting",
            (false, Kind::Staff) => "galleria_staff",
            (false, Kind::Customer) => "galleria_customer",
            (false, Kind::Visit) => "galleria_visit",
            (false, Kind::Acting) => "galleria_acting",
        }
    }

    /// The session's token; nothing if there are two, of which one must be planted.
    pub(crate) fn read(self, kind: Kind, headers: &HeaderMap) -> Option<&str> {
        let name = self.name(kind);
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut found = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value);
        found.next().filter(|value| found.next().is_none() && !value.is_empty())
    }

    /// The header that sets a session's token for so many seconds.
    pub(crate) fn set(self, kind: Kind, token: &str, max_age_s: u64) -> HeaderValue {
        self.header(kind, format_args!("{token}; Max-Age={max_age_s}"))
    }

    /// The header that takes a session's token away.
    pub(crate) fn clear(self, kind: Kind) -> HeaderValue {
        self.header(kind, format_args!("; Max-Age=0"))
    }

    fn header(self, kind: Kind, value: fmt::Arguments<'_>) -> HeaderValue {
        let name = self.name(kind);
        // Customers arrive by links from elsewhere and are to be recognised; staff don't.
        let is_staff = matches!(kind, Kind::Staff | Kind::Acting);
        let same_site = if is_staff { "Strict" } else { "Lax" };
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}");
        HeaderValue::from_str(&text).expect("tokens are letters, digits, - and _")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECURE: Cookies = Cookies { secure: true };
    const PLAIN: Cookies = Cookies { secure: false };

    fn read(cookies: Cookies, lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse().unwrap());
        }
        cookies.read(Kind::Staff, &headers).map(str::to_owned)
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let token = Some("abc".to_owned());
        assert_eq!(read(SECURE, &["__Host-galleria_staff=abc"]), token);
        assert_eq!(read(SECURE, &["a=b; __Host-galleria_staff=abc;c=d"]), token);
        assert_eq!(read(SECURE, &["a=b", "c=d;  __Host-galleria_staff=abc"]), token);
        assert_eq!(read(PLAIN, &["galleria_staff=abc"]), token);
    }

    #[test]
    fn no_other_cookie_is_taken_for_it() {
        for line in [
            "galleria_staff=abc",
            "__Host-galleria_customer=abc",
            "x__Host-galleria_staff=abc",
            "__host-galleria_staff=abc",
            "__Host-galleria_staff=",
            "__Host-galleria_staff",
            "",
            "__Host-galleria_staff=abc; __Host-galleria_staff=def",
        ] {
            assert_eq!(read(SECURE, &[line]), None, "{line}");
        }
        assert_eq!(read(PLAIN, &["__Host-galleria_staff=abc"]), None);
    }

    #[test]
    fn a_cookie_is_kept_from_scripts_and_other_sites() {
        assert_eq!(
            SECURE.set(Kind::Staff, "abc", 60),
            "__Host-galleria_staff=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            PLAIN.set(Kind::Customer, "abc", 60),
            "galleria_customer=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            SECURE.clear(Kind::Customer),
            "__Host-galleria_customer=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }
}
