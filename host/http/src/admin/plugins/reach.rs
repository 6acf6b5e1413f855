//! What a plugin can reach and what it offers, in words for admins.

use galleria_manifest::{Audience, HookEntry, HookName, Manifest, OnFailure};

/// What a plugin offers, in words: its routes by audience, its tables, its facets, and what it takes
/// part in.
pub(super) fn reach(manifest: &Manifest) -> Vec<String> {
    let routes =
        |audience| manifest.routes.iter().filter(|route| route.audience == audience).count();
    let mut reach = Vec::new();
    for (audience, who) in [
        (Audience::Staff, "staff"),
        (Audience::Customer, "customers"),
        (Audience::Visitor, "anybody"),
    ] {
        match routes(audience) {
            0 => {}
            1 => reach.push(format!("answers 1 route for {who}")),
            count => reach.push(format!("answers {count} routes for {who}")),
        }
    }
    reach.extend(manifest.entities.iter().map(|(name, entity)| match &entity.subject {
        Some(_) => format!("keeps `{name}` rows about customers"),
        None => format!("keeps `{name}` rows"),
    }));
    reach.extend(manifest.facets.keys().map(|key| format!("sets the facet `{key}` of customers")));
    if !manifest.events.is_empty() {
        reach.push(format!("is told of {}", manifest.events.join(", ")));
    }
    reach.extend(manifest.hooks.entries().map(hook));
    reach.extend(manifest.jobs.iter().map(|(name, job)| match &job.cron {
        Some(cron) => format!("does the job `{name}`, due at {cron}"),
        None => format!("does the job `{name}`"),
    }));
    reach
}

/// A hook in words, with what becomes of the shop's own work if it fails.
fn hook(hook: HookEntry) -> String {
    let what = match hook.name {
        HookName::Traits => "decides on traits of customers",
        HookName::Adjust => "changes what carts cost",
        HookName::ValidateCart => "may refuse carts",
        HookName::BeforePlace => "takes part in placing orders, and may refuse them",
        HookName::LoginGate => "may refuse logins",
        HookName::ImpersonationGate => "may refuse that staff acts for customers",
    };
    let if_it_fails = match hook.on_failure {
        OnFailure::Open => "the shop goes on without it",
        OnFailure::Closed => "the shop refuses what it was asked about",
    };
    format!("{what}; if it fails, {if_it_fails}")
}
