use galleria_app::mail::{MailError, OutgoingMail};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

/// A mail as it goes over the wire (RFC 5322).
pub(super) fn message(mail: &OutgoingMail) -> Result<Message, MailError> {
    let from = address(&mail.from)?;
    // The same whenever the mail is tried again, so that whoever gets it twice can tell.
    let id = format!("<{}@{}>", mail.id, from.domain());
    let builder: MessageBuilder = Message::builder()
        .message_id(Some(id))
        .date_now()
        .from(Mailbox::new(Some(one_line(&mail.from_name)), from))
        .to(Mailbox::new(None, address(&mail.to)?))
        .subject(one_line(&mail.subject));
    let built = match &mail.html {
        Some(html) => {
            let both = MultiPart::alternative_plain_html(mail.text.clone(), html.clone());
            builder.multipart(both)
        }
        None => builder.singlepart(
            SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone()),
        ),
    };
    built.map_err(|error| MailError::Permanent(error.to_string()))
}

/// A text without what could end a header: there the encoder would give up.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The address that a text is.
fn address(text: &str) -> Result<Address, MailError> {
    text.parse().map_err(|_| MailError::Permanent("an address is not one for mail".to_owned()))
}

#[cfg(test)]
mod tests {
    use galleria_domain::MailId;

    use super::*;

    fn mail(to: &str) -> OutgoingMail {
        OutgoingMail {
            id: MailId::generate(),
            from_name: "Galerie \"Ä\"\r\nBcc: x@example.com".into(),
            from: "no-reply@localhost".into(),
            to: to.into(),
            subject: "Schöne Grüße".into(),
            text: "Grüße\n.\nEnde".into(),
            html: None,
        }
    }

    #[test]
    fn nothing_that_people_write_becomes_a_header() {
        let wire = message(&mail("ada@example.com")).unwrap().formatted();
        let wire = String::from_utf8(wire).unwrap();
        let (head, _) = wire.split_once("\r\n\r\n").unwrap();
        assert!(head.lines().all(|line| !line.trim_start().starts_with("Bcc")), "{head}");
        assert!(head.contains("Message-ID: <mai_"), "{head}");
        assert!(wire.is_ascii());
    }

    #[test]
    fn every_name_of_a_shop_can_stand_in_a_header() {
        let texts = ["", " ", "\\", "\"", "a@b", "<a@b>", "=?utf-8?q?x?=", "a,b;c:d", "\u{202e}"];
        let letters = (0..0x2_0000).step_by(7).filter_map(char::from_u32);
        let names = letters.map(|c| format!("a{c}b")).chain(texts.map(str::to_owned));
        for name in names.chain(["x".repeat(300), "ü ".repeat(300)]) {
            let named = OutgoingMail {
                from_name: name.clone(),
                subject: name.clone(),
                ..mail("ada@example.com")
            };
            let wire = message(&named).unwrap().formatted();
            assert!(wire.is_ascii(), "{name}");
        }
    }

    #[test]
    fn what_is_no_address_is_given_up_at_once() {
        assert!(matches!(message(&mail("nobody")), Err(MailError::Permanent(_))));
    }
}
