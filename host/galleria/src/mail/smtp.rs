use std::fmt;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use galleria_app::mail::{MailError, MailTransport, OutgoingMail};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::message::message;

/// How long a server may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// Hands mails over to a server by SMTP (RFC 5321).
///
/// `smtps://user:password@host` speaks TLS from the beginning, `smtp://…` switches to it
/// (`STARTTLS`) and goes no further without; only to the loopback it speaks in the clear. `?tls=none`
/// and `?tls=opportunistic` say otherwise.
#[derive(Clone)]
pub struct SmtpMail(AsyncSmtpTransport<Tokio1Executor>);

/// Shows nothing of the password.
impl fmt::Debug for SmtpMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpMail(…)")
    }
}

/// A text that names no server for mail. It never repeats the text, which may hold a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("is no server for mail; write smtp://user:password@host:587 or smtps://user:password@host")]
pub struct InvalidSmtpUrl;

impl FromStr for SmtpMail {
    type Err = InvalidSmtpUrl;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let url = with_tls(url).ok_or(InvalidSmtpUrl)?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url);
        let builder = builder.map_err(|_| InvalidSmtpUrl)?;
        Ok(Self(builder.timeout(Some(SILENCE_MAX)).build()))
    }
}

/// The address with what it says about TLS.
fn with_tls(url: &str) -> Option<String> {
    let rest = url.strip_prefix("smtp://").or_else(|| url.strip_prefix("smtps://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let loopback = place == "localhost"
        || ["localhost:", "127.", "[::1]"].iter().any(|start| place.starts_with(start));
    if place.is_empty() {
        return None;
    }
    let plain = url.starts_with("smtp://") && !rest.contains("tls=");
    let mut url = url.to_owned();
    if plain && !loopback {
        url.push_str(if rest.contains('?') { "&tls=required" } else { "?tls=required" });
    }
    // What lettre calls it where nothing is said.
    Some(url.replace("?tls=none", "").replace("&tls=none", ""))
}

impl MailTransport for SmtpMail {
    fn send<'a>(
        &'a self,
        mail: &'a OutgoingMail,
    ) -> Pin<Box<dyn Future<Output = Result<(), MailError>> + Send + 'a>> {
        Box::pin(async move {
            let message = message(mail)?;
            match self.0.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(MailError::Permanent(said(&error))),
                Err(error) => Err(MailError::Passing(said(&error))),
            }
        })
    }
}

/// What the server said, or what went wrong on the way, in one sentence.
fn said(error: &lettre::transport::smtp::Error) -> String {
    use std::error::Error as _;

    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_go_over_the_network_only_behind_tls() {
        for (given, meant) in [
            ("smtp://u:p@mail.example", "smtp://u:p@mail.example?tls=required"),
            ("smtp://mail.example:587/?x=1", "smtp://mail.example:587/?x=1&tls=required"),
            ("smtp://u:p@mail.example?tls=none", "smtp://u:p@mail.example"),
            ("smtp://mail.example?tls=opportunistic", "smtp://mail.example?tls=opportunistic"),
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
            ("smtp://u:127.0@localhost:25", "smtp://u:127.0@localhost:25"),
            ("smtp://127.x@mail.example", "smtp://127.x@mail.example?tls=required"),
            ("smtps://u:p@mail.example", "smtps://u:p@mail.example"),
        ] {
            assert_eq!(with_tls(given).as_deref(), Some(meant));
        }
    }

    #[tokio::test]
    async fn what_names_no_server_is_refused_without_being_repeated() {
        for bad in ["", "mail.example", "http://mail.example", "smtp://", "smtp://u:secret@"] {
            let error = bad.parse::<SmtpMail>().unwrap_err();
            assert!(!error.to_string().contains("secret"));
        }
        let good: SmtpMail = "smtp://u:secret@127.0.0.1:25".parse().unwrap();
        assert!(!format!("{good:?}").contains("secret"));
    }
}
