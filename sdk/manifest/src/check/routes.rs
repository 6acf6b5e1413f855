use std::collections::{BTreeMap, BTreeSet};

use super::{Mistakes, is_name, texts};
use crate::{Audience, Manifest, Route};

/// How many routes a plugin may have.
const MAX_ROUTES: usize = 200;
/// How long one segment of a path may be, in bytes.
const MAX_SEGMENT: usize = 200;
/// How many segments a path may have.
const MAX_SEGMENTS: usize = 16;

pub(super) fn check(manifest: &Manifest, found: &mut Mistakes) {
    found.at_most("routes", manifest.routes.len(), MAX_ROUTES);
    for (at, route) in manifest.routes.iter().enumerate() {
        check_path(&format!("routes.{at}.path"), &route.path, found);
        check_permission(manifest, &format!("routes.{at}.permission"), route, found);
        if let Some(summary) = &route.summary {
            texts(&format!("routes.{at}.summary"), summary, 200, found);
        }
    }
    check_ambiguity(&manifest.routes, found);
}

fn check_path(at: &str, path: &str, found: &mut Mistakes) {
    let Some(rest) = path.strip_prefix('/') else {
        return found.add(at, format!("`{path}` does not begin with a slash"));
    };
    if rest.is_empty() {
        return;
    }
    let segments: Vec<&str> = rest.split('/').collect();
    found.require(segments.len() <= MAX_SEGMENTS, at, || {
        format!("has {} segments; {MAX_SEGMENTS} are allowed", segments.len())
    });
    let mut parameters = BTreeSet::new();
    for segment in segments {
        if let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            found.require(is_name(name), at, || {
                format!("the parameter `{name}` is not of the form [a-z][a-z0-9_]{{0,47}}")
            });
            found.require(parameters.insert(name), at, || {
                format!("the parameter `{name}` is there twice")
            });
        } else {
            check_literal(at, segment, found);
        }
    }
}

/// Only what means itself in a URL; braces are for parameters, which fill a segment.
fn check_literal(at: &str, segment: &str, found: &mut Mistakes) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if segment.is_empty() {
        found.add(at, "has an empty segment");
    } else if segment == "." || segment == ".." {
        found.add(at, format!("a segment cannot be `{segment}`"));
    } else if segment.len() > MAX_SEGMENT {
        found.add(at, format!("a segment has {} bytes; {MAX_SEGMENT} are allowed", segment.len()));
    } else if !segment.bytes().all(plain) {
        found.add(
            at,
            format!(
                "the segment `{segment}` is neither `{{name}}` nor of letters, digits and -._~"
            ),
        );
    }
}

fn check_permission(manifest: &Manifest, at: &str, route: &Route, found: &mut Mistakes) {
    match (&route.permission, route.audience) {
        (None, Audience::Staff) => found.add(at, "a route for staff needs a permission"),
        (Some(permission), Audience::Staff) => {
            found.require(manifest.staff_permissions.contains_key(permission), at, || {
                format!("`{permission}` is not among the staff-permissions")
            });
        }
        (Some(_), Audience::Visitor | Audience::Customer) => {
            found.add(at, "only routes for staff have a permission");
        }
        (None, Audience::Visitor | Audience::Customer) => {}
    }
}

/// No request may fit two routes equally well. Visitors and customers share one root, so they share
/// one table too; and one shape of path has one spelling, so that it has one entry in a tree.
fn check_ambiguity(routes: &[Route], found: &mut Mistakes) {
    let mut taken = BTreeSet::new();
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    for (at, route) in routes.iter().enumerate() {
        let shape = shape(&route.path);
        let path = format!("routes.{at}.path");
        let for_staff = route.audience == Audience::Staff;
        found.require(taken.insert((route.method, shape.clone(), for_staff)), &path, || {
            format!("{} {} is there twice", route.method, route.path)
        });
        let spelling = spellings.entry(shape).or_insert(&route.path);
        found.require(*spelling == route.path, &path, || {
            format!("`{}` is spelled `{spelling}` elsewhere", route.path)
        });
    }
}

/// The path without the names of its parameters.
fn shape(path: &str) -> String {
    let anonymous = |segment: &str| {
        let parameter = segment.starts_with('{');
        if parameter { "{}".to_owned() } else { segment.to_owned() }
    };
    path.split('/').map(anonymous).collect::<Vec<_>>().join("/")
}
