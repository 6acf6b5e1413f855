//! Tells where the shop is, and who may enter.

use std::io::{self, Write};

use serde::Serialize;

/// What people and programs need to get in.
#[derive(Debug, Serialize)]
pub(super) struct Entrance {
    pub(super) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) admin_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) admin_password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) api_key: Option<String>,
}

/// Writes it to stdout: as one line of JSON, or in words.
pub(super) fn tell(entrance: &Entrance, as_json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if as_json {
        writeln!(out, "{}", serde_json::to_string(entrance).map_err(io::Error::other)?)?;
    } else {
        out.write_all(in_words(entrance).as_bytes())?;
    }
    out.flush()
}

fn in_words(entrance: &Entrance) -> String {
    let url = &entrance.url;
    let mut text = format!(
        "\nGalleria is open at {url}\n\n\
         \x20 for staff      {url}/admin/v1\n\
         \x20 for customers  {url}/store/v1\n\
         \x20 description    {url}/openapi.json\n\
         \x20 metrics        {url}/metrics\n\n"
    );
    if let Some(email) = &entrance.admin_email {
        text += &match &entrance.admin_password {
            Some(password) => format!("  admin          {email}\n  password       {password}\n"),
            None => format!("  admin          {email}\n"),
        };
    }
    if let Some(key) = &entrance.api_key {
        text += &format!("  API key        {key}\n\nTry it:\n\n");
        for line in try_out(url, key) {
            text += &format!("{line}\n\n");
        }
    }
    text
}

/// Four lines that can be pasted into a shell, again and again.
fn try_out(url: &str, key: &str) -> [String; 4] {
    let curl = format!("curl -sS -H 'Authorization: Bearer {key}'");
    [
        format!("{curl} '{url}/admin/v1/customers?q=nguyen&limit=3'"),
        format!("{curl} '{url}/admin/v1/x/customer-roles/roles'"),
        format!("{curl} '{url}/admin/v1/customers?role=vip&stage=customer&limit=3'"),
        format!(
            "{curl} -H 'Content-Type: application/json' '{url}/admin/v1/customers' \
             -d '{{\"first_name\":\"Grace\",\"last_name\":\"Hopper\",\"phone\":\"+1 212 555 0123\"}}'"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entrance() -> Entrance {
        Entrance {
            url: "http://127.0.0.1:8080".into(),
            admin_email: Some("admin@example.com".into()),
            admin_password: Some("Secret7".into()),
            api_key: Some("galleria_key_1".into()),
        }
    }

    #[test]
    fn programs_read_one_line_with_all_they_need() {
        let json = serde_json::to_string(&entrance()).unwrap();
        assert!(!json.contains('\n'));
        assert_eq!(
            json,
            r#"{"url":"http://127.0.0.1:8080","admin_email":"admin@example.com","admin_password":"Secret7","api_key":"galleria_key_1"}"#
        );
    }

    #[test]
    fn people_read_where_to_go_and_four_lines_to_paste() {
        let text = in_words(&entrance());
        for part in ["http://127.0.0.1:8080/openapi.json", "admin@example.com", "Secret7"] {
            assert!(text.contains(part), "{part}");
        }
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("curl ")).collect();
        assert_eq!(lines.len(), 4);
        // Quotes come in pairs, so that a shell takes each line as it stands.
        assert!(lines.iter().all(|line| line.matches('\'').count() % 2 == 0));
    }

    #[test]
    fn a_password_that_is_known_is_not_printed() {
        let quiet = Entrance { admin_password: None, api_key: None, ..entrance() };
        let text = in_words(&quiet);
        assert!(!text.contains("password") && !text.contains("curl"));
    }
}
