use std::ops::RangeInclusive;

use super::{Mistakes, is_plugin_id, texts};
use crate::{AdjustHook, EVENT_KINDS, Job, Manifest};

/// How many kinds of events a plugin may be told of.
const MAX_EVENTS: usize = 100;
/// How many jobs a plugin may have.
const MAX_JOBS: usize = 50;
/// The largest priority of a hook.
const MAX_PRIORITY: u16 = 1_000;
/// The fields of a cron line, with the values that they can have and the names of those from the
/// first one on; 0 and 7 are both a Sunday.
const CRON: [(&str, RangeInclusive<u8>, &[&str]); 5] = [
    ("minute", 0..=59, &[]),
    ("hour", 0..=23, &[]),
    ("day of the month", 1..=31, &[]),
    (
        "month",
        1..=12,
        &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    ),
    ("day of the week", 0..=7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]),
];

pub(super) fn check(manifest: &Manifest, found: &mut Mistakes) {
    check_events(manifest, found);
    check_hooks(manifest, found);
    check_jobs(manifest, found);
}

fn check_events(manifest: &Manifest, found: &mut Mistakes) {
    let events = &manifest.events;
    found.at_most("events", events.len(), MAX_EVENTS);
    let allowed = events.is_empty() || manifest.asks_for("events:receive");
    found.require(allowed, "events", || "need the permission events:receive".to_owned());
    for (at, kind) in events.iter().enumerate() {
        let path = format!("events.{at}");
        found.require(EVENT_KINDS.contains(&kind.as_str()), &path, || {
            format!("`{kind}` is no kind of event")
        });
        found.require(!events[..at].contains(kind), &path, || format!("`{kind}` is there twice"));
    }
}

fn check_hooks(manifest: &Manifest, found: &mut Mistakes) {
    for hook in manifest.hooks.entries() {
        let path = format!("hooks.{}", hook.name.as_str());
        let permission = hook.name.permission();
        found.require(manifest.asks_for(permission), &path, || {
            format!("needs the permission {permission}")
        });
        found.require(hook.priority <= MAX_PRIORITY, &format!("{path}.priority"), || {
            format!("{} is not between 0 and {MAX_PRIORITY}", hook.priority)
        });
    }
    if let Some(AdjustHook { stages, .. }) = &manifest.hooks.adjust {
        found.require(!stages.is_empty(), "hooks.adjust.stages", || "names no stage".to_owned());
        for (at, stage) in stages.iter().enumerate() {
            let path = format!("hooks.adjust.stages.{at}");
            found.require(!stages[..at].contains(stage), &path, || "is there twice".to_owned());
        }
    }
}

fn check_jobs(manifest: &Manifest, found: &mut Mistakes) {
    found.at_most("jobs", manifest.jobs.len(), MAX_JOBS);
    let allowed = manifest.jobs.is_empty() || manifest.asks_for("jobs:run");
    found.require(allowed, "jobs", || "need the permission jobs:run".to_owned());
    for (name, Job { title, cron, time_zone }) in &manifest.jobs {
        let path = format!("jobs.{name}");
        found.require(is_plugin_id(name), &path, || {
            "is not of the form [a-z][a-z0-9-]{0,62}".to_owned()
        });
        texts(&format!("{path}.title"), title, 100, found);
        if let Some(cron) = cron {
            check_cron(&format!("{path}.cron"), cron, found);
        }
        if let Some(zone) = time_zone {
            let path = format!("{path}.time-zone");
            found.require(cron.is_some(), &path, || "means nothing without `cron`".to_owned());
            found.require(is_time_zone(zone), &path, || {
                format!("`{zone}` is no time zone such as `Europe/Berlin`")
            });
        }
    }
}

/// The shape of a name in the time zone database; the host knows which there are.
fn is_time_zone(zone: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+-".contains(&byte))
    };
    zone.len() <= 64 && zone.split('/').count() <= 3 && zone.split('/').all(part)
}

/// Five fields; each a list of values, ranges and steps, in numbers.
fn check_cron(path: &str, cron: &str, found: &mut Mistakes) {
    let fields: Vec<&str> = cron.split_ascii_whitespace().collect();
    if fields.len() != CRON.len() || cron.len() > 100 {
        let message = format!("`{cron}` is not minute, hour, day, month and day of the week");
        return found.add(path, message);
    }
    for (field, (name, allowed, names)) in fields.iter().zip(CRON) {
        let fits = field.split(',').all(|item| is_cron_item(item, &allowed, names));
        found.require(fits, path, || format!("`{field}` is no {name}"));
    }
}

/// `*`, `5`, `MON`, `1-5`, `*/15`, `10-50/20`
fn is_cron_item(item: &str, allowed: &RangeInclusive<u8>, names: &[&str]) -> bool {
    let value = |text: &str| cron_value(text, allowed, names);
    let (range, step) =
        item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
    let (is_range, fits) = match range.split_once('-') {
        _ if range == "*" => (true, true),
        Some((from, to)) => (true, value(from).zip(value(to)).is_some_and(|(from, to)| from <= to)),
        None => (false, value(range).is_some()),
    };
    let step_fits = step.is_none_or(|step| {
        is_range && number(step).is_some_and(|step| (1..=*allowed.end()).contains(&step))
    });
    fits && step_fits
}

fn cron_value(text: &str, allowed: &RangeInclusive<u8>, names: &[&str]) -> Option<u8> {
    let named = || {
        let at = names.iter().position(|name| *name == text)?;
        u8::try_from(at).ok()?.checked_add(*allowed.start())
    };
    number(text).filter(|value| allowed.contains(value)).or_else(named)
}

/// One or two digits, without a sign.
fn number(text: &str) -> Option<u8> {
    let digits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
