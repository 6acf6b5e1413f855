//! Answers that are none.

use galleria_sdk::Answer;
use galleria_sdk::prelude::*;

/// The answer with a name; an unknown name is not found.
pub(crate) fn named(name: &str) -> Result<Answer> {
    let (what, number) = name.rsplit_once('-').unwrap_or((name, ""));
    Ok(match (what, number.parse::<u16>()) {
        ("status", Ok(status)) => Answer { status, ..plain() },
        _ => match name {
            "huge-body" => Answer { body: vec![b'x'; (8 << 20) + 1], ..plain() },
            "largest-body" => Answer { body: vec![b'x'; 8 << 20], ..plain() },
            "many-headers" => with_headers(10_000, "x-many", "1"),
            "long-header" => with_headers(1, "x-long", &"x".repeat(20 << 10)),
            "split-header" => with_headers(1, "x-split", "a\r\nset-cookie: b=c"),
            "strange-header" => with_headers(1, "no header\0", "a"),
            "bad-utf8" => with_headers(1, "x-text", &crate::raw::broken_text()),
            "cookie" => with_headers(1, "set-cookie", "galleria_session=stolen; Path=/"),
            "hop-by-hop" => with_headers(1, "transfer-encoding", "chunked"),
            "wrong-length" => with_headers(1, "content-length", "1000000"),
            "bad-kind" => return Err(Problem::new(400, "Not A Kind", "a refusal without a name")),
            "long-kind" => {
                return Err(Problem::new(400, "x".repeat(65), "a name that is too long"));
            }
            "no-kind" => return Err(Problem::new(400, "", "a refusal without a name")),
            "long-refusal" => return Err(Problem::new(400, "long", "x".repeat(1 << 20))),
            "many-errors" => return Err(Problem::new(422, "many", "many").with(many_errors())),
            _ => return Err(Problem::not_found("abuse")),
        },
    })
}

fn plain() -> Answer {
    let headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
    Answer { status: 200, headers, body: b"an answer".to_vec() }
}

fn with_headers(count: usize, name: &str, value: &str) -> Answer {
    let headers = (0..count).map(|_| (name.to_owned(), value.to_owned())).collect();
    Answer { headers, ..plain() }
}

fn many_errors() -> Vec<FieldFault> {
    (0..100_000).map(|at| FieldFault::new(format!("items.{at}"), "range", "wrong")).collect()
}
