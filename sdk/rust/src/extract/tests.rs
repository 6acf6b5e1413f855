use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::bindings::http::exports::galleria::plugin::http::{Pair, Request as WitRequest};
use crate::handler::{call, finish};
use crate::{Actor, Answer, Created, Fault, IntoAnswer, NoContent, Principal, Versioned};

fn pairs(pairs: &[(&str, &str)]) -> Vec<Pair> {
    let pair = |(name, value): &(&str, &str)| Pair { name: (*name).into(), value: (*value).into() };
    pairs.iter().map(pair).collect()
}

fn request(change: impl FnOnce(&mut WitRequest)) -> Request {
    let mut request = WitRequest {
        method: "GET".into(),
        route: "/things/{id}".into(),
        path: "/things/1".into(),
        params: Vec::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: Vec::new(),
        principal: Principal {
            actor: Actor::Staff("stf_1".into()),
            on_behalf_of: None,
            permissions: vec!["things:read".into()],
            store: "sto_1".into(),
            locale: "en".into(),
            request_id: "req_1".into(),
        },
    };
    change(&mut request);
    request.into()
}

fn params(given: &[(&str, &str)]) -> Request {
    request(|request| request.params = pairs(given))
}

fn query(given: &[(&str, &str)]) -> Request {
    request(|request| request.query = pairs(given))
}

fn body(json: &str) -> Request {
    request(|request| request.body = json.as_bytes().to_vec())
}

fn faults(problem: Problem) -> (u16, Vec<(String, String)>) {
    let errors = problem.errors.into_iter().map(|fault| (fault.path, fault.code)).collect();
    (problem.status, errors)
}

fn fault(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Color {
    Red,
    DarkBlue,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Wanted {
    name: Option<String>,
    #[serde(default)]
    tag: Vec<u8>,
    color: Option<Color>,
    flag: Option<bool>,
    nested: Option<Box<Wanted>>,
    must: i32,
}

#[test]
fn a_path_is_one_value_or_a_tuple_or_a_struct() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Both {
        b: String,
        a: u32,
    }
    let one = params(&[("a", "7")]);
    assert_eq!(Path::<String>::from_request(&one).unwrap().0, "7");
    assert_eq!(Path::<u32>::from_request(&one).unwrap().0, 7);
    assert_eq!(Path::<(u8,)>::from_request(&one).unwrap().0, (7,));
    let two = params(&[("a", "7"), ("b", "x")]);
    assert_eq!(Path::<(u32, String)>::from_request(&two).unwrap().0, (7, "x".into()));
    assert_eq!(Path::<Both>::from_request(&two).unwrap().0, Both { b: "x".into(), a: 7 });
    assert_eq!(Path::<BTreeMap<String, String>>::from_request(&two).unwrap().0["b"], "x");
}

#[test]
fn a_path_that_cannot_be_read_names_nothing_that_is_there() {
    let refused = Path::<u32>::from_request(&params(&[("a", "seven")])).unwrap_err();
    assert_eq!(faults(refused), (404, fault("a", "malformed")));
    assert!(Path::<(u32, u32)>::from_request(&params(&[("a", "7")])).is_err());
    assert!(Path::<u32>::from_request(&params(&[])).is_err());
}

#[test]
fn a_query_is_read_by_its_names() {
    let given =
        [("must", "-3"), ("tag", "1"), ("color", "dark-blue"), ("tag", "2"), ("flag", "true")];
    let Query(wanted) = Query::<Wanted>::from_request(&query(&given)).unwrap();
    let expected = Wanted {
        name: None,
        tag: vec![1, 2],
        color: Some(Color::DarkBlue),
        flag: Some(true),
        nested: None,
        must: -3,
    };
    assert_eq!(wanted, expected);
}

#[test]
fn a_query_that_cannot_be_read_names_the_parameter() {
    for (given, expected) in [
        (&[("must", "x")][..], fault("must", "malformed")),
        (&[("must", "99999999999")], fault("must", "malformed")),
        (&[], fault("must", "required")),
        (&[("must", "1"), ("must", "2")], fault("must", "malformed")),
        (&[("must", "1"), ("other", "2")], fault("other", "unknown")),
        (&[("must", "1"), ("color", "green")], fault("color", "malformed")),
        (&[("must", "1"), ("tag", "1"), ("tag", "x")], fault("tag", "malformed")),
        (&[("must", "1"), ("nested", "1")], fault("nested", "malformed")),
    ] {
        let refused = Query::<Wanted>::from_request(&query(given)).unwrap_err();
        assert_eq!(faults(refused), (400, expected), "{given:?}");
    }
}

#[test]
fn json_that_cannot_be_read_is_refused_with_the_path() {
    for (json, path, code) in [
        ("", "", "malformed"),
        ("{", "", "malformed"),
        ("[]", "must", "required"),
        (r#"{"must":1} x"#, "", "malformed"),
        (r#"{"must":"1"}"#, "must", "malformed"),
        (r#"{"must":1,"tag":[1,300]}"#, "tag.1", "malformed"),
        (r#"{"must":1,"nested":{}}"#, "nested.must", "required"),
        (r#"{"must":1,"nested":{"must":2,"x":1}}"#, "nested.x", "unknown"),
        (r#"{"must":1,"must":2}"#, "must", "malformed"),
    ] {
        let refused = Json::<Wanted>::from_request(&body(json)).map(|_| ()).unwrap_err();
        let (status, found) = faults(refused);
        assert_eq!((status, found.len()), (400, 1), "{json}");
        if !json.starts_with(['[', '{']) || json.ends_with('}') {
            assert_eq!(found, fault(path, code), "{json}");
        }
    }
    let deep = "[".repeat(100_000);
    assert!(Json::<Value>::from_request(&body(&deep)).is_err());
    let refused = Json::<String>::from_request(&request(|request| request.body = vec![b'"', 0xff]));
    assert_eq!(refused.unwrap_err().status, 400);
}

#[test]
fn a_body_that_says_it_is_not_json_is_not_read() {
    let typed = |kind: &str| {
        request(|request| {
            request.headers = pairs(&[("content-type", kind)]);
            request.body = b"1".to_vec();
        })
    };
    for kind in
        ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"]
    {
        assert_eq!(Json::<u8>::from_request(&typed(kind)).unwrap().0, 1, "{kind}");
    }
    for kind in ["text/plain", "+json", "multipart/form-data"] {
        assert_eq!(Json::<u8>::from_request(&typed(kind)).unwrap_err().status, 415, "{kind}");
    }
}

#[test]
fn a_merge_patch_keeps_what_it_does_not_name() {
    #[derive(Debug, Deserialize, PartialEq, Serialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        names: BTreeMap<String, String>,
        sort: i64,
        color: Option<String>,
    }
    let names = BTreeMap::from([("en".into(), "A".into()), ("de".into(), "B".into())]);
    let thing = Thing { names, sort: 3, color: Some("red".into()) };
    let patched = |json: &str| Merge::from_request(&body(json)).unwrap().apply(&thing);
    assert_eq!(patched("{}").unwrap(), thing);
    let changed = patched(r#"{"names":{"de":null,"fr":"C"},"color":null}"#).unwrap();
    assert_eq!(changed.names.into_iter().collect::<Vec<_>>().len(), 2);
    assert_eq!((changed.sort, changed.color), (3, None));
    assert_eq!(faults(patched(r#"{"sort":"x"}"#).unwrap_err()), (400, fault("sort", "malformed")));
    assert_eq!(faults(patched(r#"{"siz":1}"#).unwrap_err()), (400, fault("siz", "unknown")));
    assert_eq!(faults(patched(r#"{"sort":null}"#).unwrap_err()), (400, fault("sort", "required")));
    assert!(Merge::from_request(&body("[]")).is_err());
}

#[test]
fn if_match_is_a_version_or_nothing() {
    let tag = |tag: &str| request(|request| request.headers = pairs(&[("if-match", tag)]));
    assert_eq!(IfMatch::from_request(&request(|_| ())).unwrap().0, None);
    assert_eq!(IfMatch::from_request(&tag("*")).unwrap().0, None);
    assert_eq!(IfMatch::from_request(&tag("\"12\"")).unwrap().0, Some(12));
    for wrong in ["12", "W/\"12\"", "\"x\"", "\"1\", \"2\"", "\"", "\"-1\""] {
        assert_eq!(IfMatch::from_request(&tag(wrong)).unwrap_err().status, 400, "{wrong}");
    }
}

#[test]
fn a_page_has_fifty_items_unless_asked_for_one_to_two_hundred() {
    assert_eq!(Paging::from_request(&query(&[])).unwrap().limit, 50);
    let paging = Paging::from_request(&query(&[("limit", "200"), ("cursor", "c")])).unwrap();
    assert_eq!((paging.limit, paging.cursor.as_deref()), (200, Some("c")));
    for wrong in ["0", "201", "-1", "x", ""] {
        let refused = Paging::from_request(&query(&[("limit", wrong)])).unwrap_err();
        assert_eq!(faults(refused), (400, fault("limit", "range")), "{wrong}");
    }
}

#[test]
fn a_handler_takes_what_it_names_and_answers_with_a_status() {
    let handler = |Path(id): Path<u8>, principal: Principal| {
        principal
            .require("things:read")
            .map(|()| Versioned(4, Created(format!("/things/{id}"), id)))
    };
    let answer = call(handler, &params(&[("id", "9")])).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (201, b"9".as_slice()));
    for header in
        [("location", "/things/9"), ("etag", "\"4\""), ("content-type", "application/json")]
    {
        let found =
            answer.headers.iter().any(|(name, value)| (name.as_str(), value.as_str()) == header);
        assert!(found, "{header:?} in {:?}", answer.headers);
    }
    let denied = |principal: Principal| principal.require("things:write").map(|()| NoContent);
    assert_eq!(call(denied, &request(|_| ())).unwrap_err().status, 403);
}

#[test]
fn every_fault_of_the_host_has_its_status() {
    let quota = crate::Quota { which: "rows".into(), allowed: 1 };
    for (fault, status) in [
        (Fault::NotFound, 404),
        (Fault::Denied("x".into()), 403),
        (Fault::Quota(quota), 429),
        (Fault::Invalid(Vec::new()), 422),
        (Fault::Conflict("x".into()), 409),
        (Fault::Stale(3), 412),
        (Fault::Unavailable, 503),
        (Fault::Unreadable("x".into()), 503),
    ] {
        assert_eq!(Problem::from(fault).status, status);
    }
}

#[test]
fn a_refusal_never_looks_like_an_answer() {
    for (given, sent) in [(200, 503), (302, 503), (400, 400), (499, 499), (500, 503), (503, 503)] {
        let refusal = finish(Err(Problem::new(given, "x", "x"))).unwrap_err();
        assert_eq!(refusal.status, sent);
    }
    let answer: Answer = NoContent.into_answer().unwrap();
    assert_eq!(finish(Ok(answer)).unwrap().status, 204);
}

proptest! {
    #[test]
    fn no_input_makes_an_extractor_panic(
        name in "[a-z]{0,5}|must|tag|color|nested", value: String, bytes: Vec<u8>, header: String,
    ) {
        let request = request(|request| {
            request.params = pairs(&[(&name, &value)]);
            request.query = pairs(&[(&name, &value), ("must", "1")]);
            request.headers = pairs(&[("if-match", &header)]);
            request.body = bytes;
        });
        let _ = Path::<Wanted>::from_request(&request);
        let _ = Path::<(u8, Color)>::from_request(&request);
        let _ = Query::<Wanted>::from_request(&request);
        let _ = Json::<Wanted>::from_request(&request);
        let _ = Merge::from_request(&request);
        let _ = IfMatch::from_request(&request);
        let _ = Paging::from_request(&request);
    }
}
