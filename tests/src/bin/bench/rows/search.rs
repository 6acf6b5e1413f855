use std::time::{Duration, Instant};

use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::contest::micros;
use crate::host::HostSetup;
use crate::load::{Conversation, Expected, Shot};
use crate::process::Server;
use crate::report::{Figure, Found};
use crate::statistics::percentile;
use crate::{Result, Setup};

const CUSTOMERS: u32 = 1_000_000;
const CUSTOMERS_QUICK: u32 = 20_000;
const P99_MAX_MS: f64 = 25.0;
/// How many pages are turned, one after another.
const PAGES: usize = 100;
const PAGES_QUICK: usize = 10;

/// Queries of one kind, each without a cursor.
struct Shape {
    what: &'static str,
    queries: Vec<String>,
    /// How many pages of each.
    pages: usize,
}

#[derive(Deserialize)]
struct ListPage {
    items: Vec<IgnoredAny>,
    next: Option<String>,
}

pub(super) async fn run(setup: &Setup) -> Result<Found> {
    let (customers, name, pages) = if setup.quick {
        (CUSTOMERS_QUICK, "customers-quick", PAGES_QUICK)
    } else {
        (CUSTOMERS, "customers", PAGES)
    };
    let host = HostSetup { customers, ..HostSetup::new(super::kept_folder(setup, name)) };
    let began = Instant::now();
    let server = host.start().await?;
    let filled = began.elapsed();
    let mut figures = vec![Figure::new("customers", f64::from(customers), "")];
    let mut all = Vec::new();
    for shape in shapes(pages) {
        // The first time warms caches, and isn't counted.
        measure(&server, &shape).await?;
        let (mut times, found) = measure(&server, &shape).await?;
        let [p50, p99] = [500, 990].map(|share| millis(percentile(&mut times, share)));
        let what = format!("{}: {} pages, {found} customers", shape.what, times.len());
        figures.push(Figure::new(format!("{what}, p50"), p50, "ms"));
        figures.push(Figure::new(format!("{what}, p99"), p99, "ms").at_most(P99_MAX_MS));
        all.append(&mut times);
    }
    figures.push(Figure::new("all of these, p50", millis(percentile(&mut all, 500)), "ms"));
    let p99 = millis(percentile(&mut all, 990));
    figures.push(Figure::new("all of these, p99", p99, "ms").at_most(P99_MAX_MS));
    server.stop().await?;
    let note = format!("opened, and filled where it was not, in {:.1} s", filled.as_secs_f64());
    Ok(Found { figures, ..Found::note(note) })
}

fn shapes(pages: usize) -> Vec<Shape> {
    let shape = |what, key: &str, texts: &[&str], rest: &str, pages| Shape {
        what,
        queries: texts
            .iter()
            .map(|text| format!("{key}={}{rest}", utf8_percent_encode(text, NON_ALPHANUMERIC)))
            .collect(),
        pages,
    };
    let common = ["a", "an", "ber", "mann", "example", "quist", "son", "müller", "ol"];
    let rare = ["zimkafor", "grengost", "jorgo3141", "lin.le777", "271828", "cor.mo5", "walden4"];
    let first = 3;
    vec![
        shape("a part that many have", "q", &common, "", first),
        shape("a part that few have", "q", &rare, "", first),
        shape("a part that nobody has", "q", &["qqqq", "xyzzy", "0000000000000"], "", first),
        shape("two parts", "q", &["ada berg", "hans mann", "zoë dahl", "giulia ton"], "", first),
        shape("other scripts", "q", &["ольга", "佐藤", "Παπ", "الحسن", "शर्मा", "김"], "", first),
        shape("part of a name", "name", &["erg", "ova", "o'b", "ing", "ñ"], "", first),
        shape("part of an email", "email", &["@post", "san.go", ".ti99", "büro"], "", first),
        shape("digits of a phone number", "phone", &["4912", "555", "0712", "99999"], "", first),
        shape("a common part by name", "q", &["an", "berg", "son"], "&sort=name", pages),
        shape("a common part, newest first", "q", &["an", "berg", "example"], "", pages),
        shape("a rare part by name", "q", &["zimka", "4711"], "&sort=name", pages),
        shape("everybody by name", "active", &["true"], "&sort=name", pages),
        shape("everybody, large pages", "active", &["true"], "&limit=200", pages),
    ]
}

/// Turns the pages of each query; answers how long each took and how many customers were on them.
async fn measure(server: &Server, shape: &Shape) -> Result<(Vec<Duration>, usize)> {
    let (mut times, mut found) = (Vec::new(), 0);
    let mut conversation = Conversation::open(server.greeting.address).await?;
    for query in &shape.queries {
        let mut cursor = None;
        for _ in 0..shape.pages {
            let (took, page) = ask(&mut conversation, server, query, cursor.as_deref()).await?;
            times.push(took);
            found += page.items.len();
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    Ok((times, found))
}

async fn ask(
    conversation: &mut Conversation,
    server: &Server,
    query: &str,
    cursor: Option<&str>,
) -> Result<(Duration, ListPage)> {
    let mut path = format!("/admin/v1/customers?{query}");
    if let Some(cursor) = cursor {
        path.push_str("&cursor=");
        path.extend(utf8_percent_encode(cursor, NON_ALPHANUMERIC));
    }
    let shot = Shot::get(&path, Expected::Body(b""))?.with_key(&server.greeting.api_key)?;
    let sent = Instant::now();
    let answer = conversation.ask(shot).await?;
    let took = sent.elapsed();
    if answer.status != StatusCode::OK {
        return Err(format!("{path}: {answer}").into());
    }
    Ok((took, serde_json::from_slice(&answer.body)?))
}

fn millis(time: Duration) -> f64 {
    micros(time) / 1e3
}
