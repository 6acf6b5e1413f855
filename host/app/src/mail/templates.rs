//! What the shop itself writes, in English and German.

use galleria_domain::{CustomerId, EmailAddress, LanguageTag, MailId};

use super::outbox::{NewMail, put};
use crate::error::Result;
use crate::work::Work;
use crate::{settings, stores};

/// Where the secret comes to stand that goes out with a mail. No text of people's can be taken for
/// it: it holds a character that those may not.
pub(super) const TOKEN: &str = "\u{1}token\u{1}";

/// What the shop writes to its customers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Template {
    /// Somebody opened an account, and is asked whether the email is theirs.
    VerifyEmail,
    /// Somebody wants to have another email, and this is it.
    ChangeEmail,
    /// An account has another email now; this was the one before.
    EmailChanged,
    /// Somebody has forgotten their password.
    ResetPassword,
    /// An account has another password now.
    PasswordChanged,
    /// A cart waits to be ordered.
    CheckoutLink,
    /// Staff acts for a customer.
    Impersonated,
}

/// What a mail is written about.
pub(crate) struct Occasion<'a> {
    /// Whose account, if it is about one.
    pub(crate) customer: Option<&'a CustomerId>,
    /// The address.
    pub(crate) to: EmailAddress,
    /// The language wanted.
    pub(crate) language: Option<&'a LanguageTag>,
    /// The proof, or the link to a checkout, whose secret goes out with it.
    pub(crate) proof: Option<String>,
}

impl Template {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ChangeEmail => "change-email",
            Self::EmailChanged => "email-changed",
            Self::ResetPassword => "reset-password",
            Self::PasswordChanged => "password-changed",
            Self::CheckoutLink => "checkout-link",
            Self::Impersonated => "impersonated",
        }
    }

    /// Subject, and body with `{shop}` and `{code}`.
    const fn words(self, german: bool) -> (&'static str, &'static str) {
        match (self, german) {
            (Self::VerifyEmail, false) => (
                "Please confirm your email address",
                "Welcome to {shop}!\n\nPlease confirm that this email address is yours:\n\n\
                 {code}\n\nThis is possible for 7 days. If you didn't open an account, do nothing.\n",
            ),
            (Self::VerifyEmail, true) => (
                "Bitte bestätigen Sie Ihre E-Mail-Adresse",
                "Willkommen bei {shop}!\n\nBitte bestätigen Sie, dass diese E-Mail-Adresse Ihnen \
                 gehört:\n\n{code}\n\nDas geht 7 Tage lang. Wenn Sie kein Konto eröffnet haben, \
                 brauchen Sie nichts zu tun.\n",
            ),
            (Self::ChangeEmail, false) => (
                "Please confirm your new email address",
                "Somebody wants to use this email address for their account at {shop}. If that was \
                 you, please confirm:\n\n{code}\n\nThis is possible for 24 hours. If it wasn't \
                 you, do nothing.\n",
            ),
            (Self::ChangeEmail, true) => (
                "Bitte bestätigen Sie Ihre neue E-Mail-Adresse",
                "Jemand möchte diese E-Mail-Adresse für ein Konto bei {shop} verwenden. Wenn Sie \
                 das waren, bestätigen Sie es bitte:\n\n{code}\n\nDas geht 24 Stunden lang. Wenn \
                 Sie es nicht waren, brauchen Sie nichts zu tun.\n",
            ),
            (Self::EmailChanged, false) => (
                "Your email address was changed",
                "Your account at {shop} has another email address now. If that wasn't you, please \
                 write to us at once.\n",
            ),
            (Self::EmailChanged, true) => (
                "Ihre E-Mail-Adresse wurde geändert",
                "Ihr Konto bei {shop} hat jetzt eine andere E-Mail-Adresse. Wenn Sie das nicht \
                 waren, schreiben Sie uns bitte sofort.\n",
            ),
            (Self::ResetPassword, false) => (
                "Choose a new password",
                "Somebody wants a new password for your account at {shop}. If that was you, go on \
                 with:\n\n{code}\n\nThis is possible once, within an hour. If it wasn't you, do \
                 nothing: your password stays as it is.\n",
            ),
            (Self::ResetPassword, true) => (
                "Wählen Sie ein neues Passwort",
                "Jemand möchte ein neues Passwort für Ihr Konto bei {shop}. Wenn Sie das waren, \
                 geht es hier weiter:\n\n{code}\n\nDas geht einmal, innerhalb einer Stunde. Wenn \
                 Sie es nicht waren, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.\n",
            ),
            (Self::PasswordChanged, false) => (
                "Your password was changed",
                "Your account at {shop} has a new password. If that wasn't you, please write to us \
                 at once.\n",
            ),
            (Self::PasswordChanged, true) => (
                "Ihr Passwort wurde geändert",
                "Ihr Konto bei {shop} hat ein neues Passwort. Wenn Sie das nicht waren, schreiben \
                 Sie uns bitte sofort.\n",
            ),
            (Self::Impersonated, false) => (
                "We are helping you with your account",
                "Somebody of {shop} is using your account for a moment, to help you. Your password \
                 isn't needed for that, and can't be seen. If you didn't ask for help, please write \
                 to us.\n",
            ),
            (Self::Impersonated, true) => (
                "Wir helfen Ihnen mit Ihrem Konto",
                "Jemand von {shop} benutzt für kurze Zeit Ihr Konto, um Ihnen zu helfen. Ihr Passwort \
                 wird dafür nicht gebraucht und ist nicht zu sehen. Wenn Sie nicht um Hilfe gebeten \
                 haben, schreiben Sie uns bitte.\n",
            ),
            (Self::CheckoutLink, false) => (
                "Your cart is ready",
                "Your cart at {shop} is ready. Look at it and order with:\n\n{code}\n\nThis is \
                 for you alone: please don't pass it on.\n",
            ),
            (Self::CheckoutLink, true) => (
                "Ihr Warenkorb ist bereit",
                "Ihr Warenkorb bei {shop} ist bereit. Ansehen und bestellen können Sie \
                 hier:\n\n{code}\n\nDas ist nur für Sie: Bitte geben Sie es nicht weiter.\n",
            ),
        }
    }

    /// Writes a mail, and puts it into the outbox.
    pub(crate) async fn write(self, work: &mut Work, occasion: Occasion<'_>) -> Result<MailId> {
        let shop = stores::current(work).await?;
        let storefront = settings::host(work).await?.storefront_url;
        let language = occasion.language.unwrap_or(&work.caller().locale);
        let (subject, text) = self.words(language.base() == "de");
        let code = match storefront.trim_end_matches('/') {
            // A storefront that nobody told us about asks for the code.
            "" => TOKEN.to_owned(),
            // Behind the `#`, where no server and no log sees it.
            url => format!("{url}/{}#token={TOKEN}", self.as_str()),
        };
        let new = NewMail {
            to: occasion.to,
            customer: occasion.customer.cloned(),
            subject: subject.to_owned(),
            text: text.replace("{shop}", &shop.name).replace("{code}", &code),
            html: None,
            template: self.as_str().to_owned(),
        };
        put(work, new, occasion.proof).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_a_secret_has_one_place_for_it_in_each_language() {
        use Template::{
            ChangeEmail, CheckoutLink, EmailChanged, PasswordChanged, ResetPassword, VerifyEmail,
        };
        for german in [false, true] {
            for template in [VerifyEmail, ChangeEmail, ResetPassword, CheckoutLink] {
                assert_eq!(template.words(german).1.matches("{code}").count(), 1);
            }
            for template in [EmailChanged, PasswordChanged] {
                assert!(!template.words(german).1.contains("{code}"));
            }
        }
    }
}
