//! What a manifest may say, and how mistakes in it are reported.

use galleria_manifest::{Manifest, ManifestError};
use proptest::prelude::*;

/// Uses everything that there is.
const FULL: &str = include_str!("full.toml");

/// The same text so many times, each with its own number for `#`.
fn numbered(count: usize, text: &str) -> String {
    (0..count).map(|at| text.replace('#', &at.to_string())).collect()
}

/// What is wrong with the full manifest after one text in it is replaced.
fn mistakes(from: &str, to: &str) -> Vec<String> {
    assert!(FULL.contains(from), "the full manifest has no `{from}`");
    match Manifest::from_toml(&FULL.replacen(from, to, 1)) {
        Ok(_) => Vec::new(),
        Err(ManifestError::Rules(mistakes)) => mistakes.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

fn assert_refused(from: &str, to: &str, expected: &str) {
    let found = mistakes(from, to);
    assert!(
        found.iter().any(|mistake| mistake.contains(expected)),
        "`{to}`: expected `{expected}` among {found:#?}"
    );
}

#[test]
fn a_manifest_that_uses_everything_is_right() {
    let manifest = Manifest::from_toml(FULL).unwrap();
    assert_eq!(manifest.check(), []);
    assert_eq!(manifest.routes.len(), 3);
}

#[test]
fn json_says_the_same_as_toml_and_has_one_form() {
    let manifest = Manifest::from_toml(FULL).unwrap();
    let json = manifest.to_canonical_json();
    let again = Manifest::from_json(&json).unwrap();
    assert_eq!(again, manifest);
    assert_eq!(again.to_canonical_json(), json);
    let text = String::from_utf8(json).unwrap();
    assert!(
        text.starts_with(r#"{"entities":{"tag":{"fields":{"customer":{"type":"text"}"#),
        "{text}"
    );
    assert!(!text.contains(": ") && !text.contains('\n'));
}

#[test]
fn an_unknown_key_is_refused_wherever_it_stands() {
    for (from, to) in [
        ("manifest = 1", "manifest = 1\nmanifset = 1"),
        ("title = \"Tags\"", "title = \"Tags\"\nicon = \"x\""),
        ("required = false", "required = false\noptional = true"),
        ("audience = \"visitor\"", "audience = \"visitor\"\ncsrf = false"),
        ("max-rows = 1000", "max_rows = 1000"),
        ("{ type = \"json\" }", "{ type = \"json\", index = true }"),
        ("unique = true }", "unique = true, sparse = true }"),
        ("multiple = true", "many = true"),
    ] {
        assert_refused(from, to, "unknown field");
    }
}

#[test]
fn a_wrong_type_or_word_is_refused_with_its_place() {
    for (from, to) in [
        ("manifest = 1", "manifest = \"1\""),
        ("manifest = 1", "manifest = -1"),
        ("manifest = 1", "manifest = 99999999999999999999"),
        ("max-rows = 1000", "max-rows = 1e3"),
        ("max-rows = 1000", "max-rows = 99999999999999999999"),
        ("\"1.2.3\"", "\"1.2\""),
        ("\"^0.1\"", "\"newest\""),
        ("\"warm\"", "\"hot\""),
        ("\"GET\"", "\"get\""),
        ("\"GET\"", "\"TRACE\""),
        ("\"visitor\"", "\"public\""),
        ("[\"tax-exempt\"]", "[\"rich\"]"),
        ("member = \"registered\"", "member = \"staff\""),
    ] {
        let Err(ManifestError::Toml { line, column, message }) =
            Manifest::from_toml(&FULL.replacen(from, to, 1))
        else {
            panic!("`{to}` was not refused by the reader");
        };
        assert!(line > 1 && column >= 1 && !message.is_empty(), "{line}:{column} {message}");
    }
}

#[test]
fn syntax_errors_have_a_line_and_a_column() {
    let error = Manifest::from_toml("manifest = 1\nid = \"a").unwrap_err();
    assert!(matches!(error, ManifestError::Toml { line: 2, .. }), "{error}");
    let error = Manifest::from_json(b"{\n\"manifest\": }").unwrap_err();
    assert!(matches!(error, ManifestError::Json { line: 2, column: 13, .. }), "{error}");
    let error = Manifest::from_json(b"\xff\xfe").unwrap_err();
    assert!(matches!(error, ManifestError::Json { .. }), "{error}");
}

#[test]
fn a_huge_or_deep_text_is_refused_and_not_read() {
    let huge = " ".repeat(300_000);
    assert!(matches!(Manifest::from_toml(&huge), Err(ManifestError::TooLarge(300_000))));
    assert!(matches!(Manifest::from_json(huge.as_bytes()), Err(ManifestError::TooLarge(300_000))));
    assert!(Manifest::from_json("[".repeat(200_000).as_bytes()).is_err());
    let deep = format!("manifest = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(Manifest::from_toml(&deep).is_err());
}

#[test]
fn ids_are_plain_and_short() {
    let long = format!("id = \"{}\"", "a".repeat(64));
    for id in [
        "id = \"\"",
        "id = \"Tags\"",
        "id = \"1tags\"",
        "id = \"-tags\"",
        "id = \"../tags\"",
        "id = \"tags/x\"",
        "id = \"täg\"",
        "id = \"tаgs\"",
        "id = \"tags\\u0000\"",
        "id = \"tags \"",
        &long,
    ] {
        assert_refused("id = \"customer-tags\"", id, "id: ");
    }
    let longest = format!("id = \"{}\"", "a".repeat(63));
    assert_eq!(mistakes("id = \"customer-tags\"", &longest), [""; 0]);
}

#[test]
fn texts_have_english_and_are_neither_empty_nor_long() {
    assert_refused("[texts.en]", "[texts.fr]", "texts: the English text");
    assert_refused("title = \"Tags\"", "title = \" \"", "texts.en.title: is empty");
    let long = format!("title = \"{}\"", "ä".repeat(101));
    assert_refused("title = \"Tags\"", &long, "texts.en.title: has 101 characters");
    assert_refused("title = \"Tags\"", "title = \"a\\u0007\"", "control characters");
    assert_refused("title = \"Tags\"", "title = \"a\\u202Eb\"", "control characters");
    assert_refused("[texts.de-CH]", "[texts.DE_ch]", "texts.DE_ch: is no language tag");
    assert_refused("reason.en = \"Keeps", "reason.de = \"Keeps", "permissions.storage:use.reason");
}

#[test]
fn permissions_are_those_of_the_host() {
    assert_refused("\"storage:use\"", "\"storage:drop\"", "permissions.storage:drop: the host has");
    assert_refused("\"storage:use\"", "\"storage:drop\"", "entities: need the permission");
    assert_refused("\"facets:write\"", "\"log:write\"", "facets: need the permission");
    assert_refused(
        "\"tags:manage\"]",
        "\"manage\"]",
        "staff-permissions.manage: is not of the form",
    );
}

#[test]
fn a_plugin_cannot_require_itself() {
    assert_refused("customer-roles =", "customer-tags =", "cannot require itself");
    assert_refused("customer-roles =", "\"../x\" =", "is not of the form");
}

#[test]
fn paths_of_routes_are_plain() {
    let path = "path = \"/tags/{tag}\"";
    let long = format!("path = \"/{}\"", "a".repeat(201));
    for (to, expected) in [
        ("path = \"tags\"", "does not begin with a slash"),
        ("path = \"/tags/\"", "empty segment"),
        ("path = \"//tags\"", "empty segment"),
        ("path = \"/../tags\"", "cannot be `..`"),
        ("path = \"/./tags\"", "cannot be `.`"),
        ("path = \"/tags/{}\"", "the parameter `` is not"),
        ("path = \"/tags/{*rest}\"", "the parameter `*rest` is not"),
        ("path = \"/tags/x{tag}\"", "neither"),
        ("path = \"/tags/{tag\"", "neither"),
        ("path = \"/tags?x=1\"", "neither"),
        ("path = \"/täg\"", "neither"),
        ("path = \"/tags%2f\"", "neither"),
        ("path = \"/{a}/{a}\"", "is there twice"),
        (&long, "has 201 bytes"),
    ] {
        assert_refused(path, to, expected);
    }
}

#[test]
fn no_request_fits_two_routes() {
    assert_refused("\"DELETE\"", "\"GET\"", "GET /tags/{tag} is there twice");
    assert_refused("path = \"/\"", "path = \"/tags/{id}\"", "is spelled `/tags/{tag}` elsewhere");
    let both = "audience = \"visitor\"\n[[routes]]\nmethod = \"GET\"\npath = \"/\"\naudience = \"customer\"";
    assert_refused("audience = \"visitor\"", both, "routes.3.path: GET / is there twice");
}

#[test]
fn a_route_for_staff_and_no_other_has_a_permission() {
    assert_refused("permission = \"tags:manage\"\n", "", "a route for staff needs a permission");
    assert_refused("permission = \"tags:manage\"", "permission = \"tags:x\"", "is not among");
    let visitor = "audience = \"visitor\"\npermission = \"tags:manage\"";
    assert_refused("audience = \"visitor\"", visitor, "only routes for staff");
}

#[test]
fn there_are_at_most_two_hundred_routes() {
    let route = "[[routes]]\nmethod = \"GET\"\npath = \"/r#\"\naudience = \"visitor\"\n";
    let routes = numbered(200, route);
    let found = mistakes("[entities.tag]", &format!("{routes}[entities.tag]"));
    assert_eq!(found, ["routes: has 203 entries; 200 are allowed"]);
}

#[test]
fn entities_and_their_indexes_are_checked() {
    for (from, to, expected) in [
        ("[entities.tag]", "[entities.Tag]", "entities.Tag: is not of the form"),
        ("[entities.tag]", "[entities.\"t;drop\"]", "is not of the form"),
        ("fields.extra", "fields.version", "kept by the host"),
        ("indexes.customer", "indexes.created", "kept by the host"),
        ("subject = \"customer\"", "subject = \"weight\"", "is not a text field"),
        ("subject = \"customer\"", "subject = \"nobody\"", "is not a text field"),
        ("max-rows = 1000", "max-rows = 0", "is not between"),
        ("max-rows = 1000", "max-rows = 1000001", "is not between"),
        ("[\"customer\", \"weight\"]", "[]", "1 to 4 fields"),
        ("[\"customer\", \"weight\"]", "[\"extra\"]", "can't be indexed"),
        ("[\"customer\", \"weight\"]", "[\"none\"]", "is not a field"),
        ("[\"customer\", \"weight\"]", "[\"customer\", \"customer\"]", "is there twice"),
    ] {
        assert_refused(from, to, expected);
    }
    let fields = numbered(65, "fields.f# = { type = \"flag\" }\n");
    assert_refused("fields.weight", &format!("{fields}fields.weight"), "64 are allowed");
    let indexes = numbered(8, "indexes.i# = { fields = [\"customer\"] }\n");
    assert_refused("indexes.customer", &format!("{indexes}indexes.customer"), "8 are allowed");
}

#[test]
fn facets_take_no_filter_of_the_host() {
    assert_refused("filter = \"tag\"", "filter = \"email\"", "is a filter of the host");
    assert_refused("filter = \"tag\"", "filter = \"tag_none\"", "ends with `_none`");
    assert_refused("filter = \"tag\"", "filter = \"x.y\"", "is not of the form");
    assert_refused("type = \"text\"\nmultiple", "type = \"flag\"\nmultiple", "only facets of text");
    assert_refused(
        "[\"tax-exempt\"]",
        "[\"tax-exempt\", \"tax-exempt\"]",
        "traits.1: is there twice",
    );
}

#[test]
fn settings_work_before_an_admin_has_set_anything() {
    for (from, to, expected) in [
        ("[settings]\ntype = \"object\"", "[settings]\ntype = \"array\"", "of type `object`"),
        (", default = 5", "", "it needs a default"),
        ("[\"most\"]", "[\"least\"]", "not among the properties"),
        ("[\"most\"]", "[1]", "is not text"),
        ("[\"most\"]", "\"most\"", "is not a list"),
        ("{ type = \"integer\", default = 5 }", "true", "is not a schema"),
        ("default = 5", "default = 2020-01-01", "a date is written as text"),
        ("default = 5", "default = 5, \"$ref\" = \"https://example.com\"", "no references"),
    ] {
        assert_refused(from, to, expected);
    }
    let deep = format!("default = {}1{}", "[".repeat(20), "]".repeat(20));
    assert_refused("default = 5", &deep, "is nested deeper");
}

#[test]
fn events_are_of_kinds_that_there_are() {
    for (from, to, expected) in [
        ("\"order.paid\"", "\"order.eaten\"", "events.0: `order.eaten` is no kind of event"),
        ("\"order.paid\"", "\"*\"", "events.0: `*` is no kind of event"),
        ("\"order.paid\"", "\"customer.merged\"", "events.1: `customer.merged` is there twice"),
        ("\"events:receive\"", "\"log:write\"", "events: need the permission events:receive"),
    ] {
        assert_refused(from, to, expected);
    }
    assert!(galleria_manifest::EVENT_KINDS.is_sorted());
}

#[test]
fn hooks_say_when_they_are_asked_and_what_happens_if_they_fail() {
    for (from, to, expected) in [
        ("[\"order-discount\", \"tender\"]", "[]", "hooks.adjust.stages: names no stage"),
        ("\"order-discount\", \"tender\"", "\"fee\", \"fee\"", "stages.1: is there twice"),
        ("\"tender\"]", "\"tax\"]", "unknown variant `tax`"),
        ("priority = 50", "priority = 1001", "hooks.adjust.priority: 1001 is not between"),
        ("priority = 50", "priority = -1", "invalid value"),
        ("[hooks.before-place]\non-failure = \"closed\"", "[hooks.before-place]", "`on-failure`"),
        ("on-failure = \"closed\"", "on-failure = \"half\"", "unknown variant `half`"),
        ("[hooks.before-place]", "[hooks.after-place]", "unknown field `after-place`"),
        ("\"hooks:adjust\"", "\"log:write\"", "hooks.adjust: needs the permission hooks:adjust"),
        ("\"hooks:before-place\"", "\"log:write\"", "needs the permission hooks:before-place"),
    ] {
        assert_refused(from, to, expected);
    }
    let manifest = Manifest::from_toml(FULL).unwrap();
    let order: Vec<_> =
        manifest.hooks.entries().map(|hook| (hook.name.as_str(), hook.priority)).collect();
    assert_eq!(order, [("adjust", 50), ("before-place", 100)]);
}

#[test]
fn jobs_run_at_times_that_there_are() {
    let cron = "cron = \"*/15 2-4 1,15 JAN MON-FRI\"";
    for (to, expected) in [
        ("cron = \"* * * *\"", "is not minute, hour, day, month and day of the week"),
        ("cron = \"* * * * * *\"", "is not minute, hour, day, month and day of the week"),
        ("cron = \"60 * * * *\"", "jobs.tidy-up.cron: `60` is no minute"),
        ("cron = \"0 24 * * *\"", "`24` is no hour"),
        ("cron = \"0 0 0 * *\"", "`0` is no day of the month"),
        ("cron = \"0 0 1 13 *\"", "`13` is no month"),
        ("cron = \"0 0 * * 8\"", "`8` is no day of the week"),
        ("cron = \"0 0 * * mon\"", "`mon` is no day of the week"),
        ("cron = \"5-1 * * * *\"", "`5-1` is no minute"),
        ("cron = \"*/0 * * * *\"", "`*/0` is no minute"),
        ("cron = \"5/5 * * * *\"", "`5/5` is no minute"),
        ("cron = \"1,,2 * * * *\"", "`1,,2` is no minute"),
        ("cron = \"+1 * * * *\"", "`+1` is no minute"),
        ("", "jobs.tidy-up.time-zone: means nothing without `cron`"),
    ] {
        assert_refused(cron, to, expected);
    }
    assert_refused("\"Europe/Berlin\"", "\"../etc\"", "is no time zone such as");
    assert_refused("[jobs.tidy-up]", "[jobs.tidy_up]", "jobs.tidy_up: is not of the form");
    assert_refused("\"jobs:run\"", "\"log:write\"", "jobs: need the permission jobs:run");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
        let _ = Manifest::from_json(&bytes);
    }

    #[test]
    fn no_change_of_a_manifest_makes_the_reader_panic(at in 0..FULL.len(), text in "\\PC{0,6}") {
        let mut changed = FULL.to_owned();
        changed.insert_str(at, &text);
        if let Ok(manifest) = Manifest::from_toml(&changed) {
            let json = manifest.to_canonical_json();
            prop_assert_eq!(Manifest::from_json(&json).unwrap(), manifest);
        }
    }

    #[test]
    fn an_id_is_accepted_exactly_if_it_has_the_form(id in "[a-zA-Z0-9_./-]{0,66}") {
        let first = id.starts_with(|c: char| c.is_ascii_lowercase());
        let rest = id.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-'));
        let mut manifest = Manifest::from_toml(FULL).unwrap();
        manifest.requires.clear();
        manifest.id.clone_from(&id);
        prop_assert_eq!(manifest.check().is_empty(), first && rest && id.len() <= 63);
    }
}
