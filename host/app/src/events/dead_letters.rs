//! Events that a plugin or a webhook failed on too often. They hold nobody up; they wait for
//! somebody to look at them, and to replay or drop them.

use galleria_domain::{
    CursorValue, EventId, EventPosition, FieldCode, FieldError, InvalidCursor, Page, PageRequest,
    Permission, QueryPrint,
};
use galleria_storage::Wake;
use galleria_storage::events::parked::{self as stored, ParkedEvent, ParkedFilter, ParkedState};
use semver::Version;
use serde_json::json;

use crate::audit::{self, bad_cursor};
use crate::error::{AppError, Result};
use crate::work::Work;

/// The most on a page.
pub const PAGE_MAX: u32 = 200;
/// How many are replayed or dropped at once.
pub const AT_ONCE_MAX: u32 = 1_000;

/// A page of parked events, from the oldest on; needs [`Permission::EventsRead`]. Without a state,
/// those that are tried again and those that wait are among them.
pub async fn list(
    work: &mut Work,
    filter: &ParkedFilter,
    page: &PageRequest,
) -> Result<Page<ParkedEvent>> {
    work.caller().require(Permission::EventsRead)?;
    let limit = page.limit.clamp(1, PAGE_MAX);
    let print = QueryPrint::of(["dead-letters".to_owned(), format!("{filter:?}")]);
    let after = match page.position(&print).map_err(bad_cursor)? {
        None => None,
        Some(
            [CursorValue::Number(turn), CursorValue::Number(seq), CursorValue::Text(consumer)],
        ) => Some((EventPosition { turn: *turn, seq: *seq }, consumer.as_str())),
        Some(_) => return Err(bad_cursor(InvalidCursor::Malformed)),
    };
    let rows = stored::list(work.unit(), filter, after, limit + 1).await?;
    let position = |parked: &ParkedEvent| {
        let EventPosition { turn, seq } = parked.event.position;
        vec![
            CursorValue::Number(turn),
            CursorValue::Number(seq),
            CursorValue::Text(parked.consumer.clone()),
        ]
    };
    Ok(Page::from_rows(rows, limit, print, position))
}

/// One parked event of a plugin or webhook; needs [`Permission::EventsRead`].
pub async fn get(work: &mut Work, consumer: &str, event: &EventId) -> Result<ParkedEvent> {
    work.caller().require(Permission::EventsRead)?;
    find(work, consumer, event).await
}

async fn find(work: &mut Work, consumer: &str, event: &EventId) -> Result<ParkedEvent> {
    let found = stored::get(work.unit(), consumer, event).await?;
    found.ok_or(AppError::NotFound("dead letter"))
}

async fn find_dead(work: &mut Work, consumer: &str, event: &EventId) -> Result<ParkedEvent> {
    let parked = find(work, consumer, event).await?;
    if parked.parking.state == ParkedState::Dead {
        return Ok(parked);
    }
    Err(AppError::conflict("not-dead", "it is still being tried"))
}

/// Lets a dead letter be tried again, as often as at first; needs [`Permission::EventsManage`].
pub async fn replay(work: &mut Work, consumer: &str, event: &EventId) -> Result<()> {
    work.caller().require(Permission::EventsManage)?;
    let parked = find_dead(work, consumer, event).await?;
    revive(work, &parked).await?;
    audit::append(work, "event.replay", event.as_str(), &json!({ "consumer": consumer })).await
}

/// Lets the dead letters of a plugin or webhook be tried again, all of them or those that died
/// under this version of it or a later one; says how many, at most [`AT_ONCE_MAX`]: whoever is
/// told so many asks again. Needs [`Permission::EventsManage`].
pub async fn replay_all(work: &mut Work, consumer: &str, since: Option<&str>) -> Result<u32> {
    work.caller().require(Permission::EventsManage)?;
    let dead = some_dead(work, consumer, since).await?;
    for parked in &dead {
        revive(work, parked).await?;
    }
    let replayed = count(&dead);
    let detail = json!({ "replayed": replayed, "since": since });
    audit::append(work, "event.replay-all", &format!("consumer:{consumer}"), &detail).await?;
    Ok(replayed)
}

/// Forgets a dead letter; needs [`Permission::EventsManage`].
pub async fn discard(work: &mut Work, consumer: &str, event: &EventId) -> Result<()> {
    work.caller().require(Permission::EventsManage)?;
    let parked = find_dead(work, consumer, event).await?;
    if !stored::delete(work.unit(), &parked).await? {
        return Err(AppError::NotFound("dead letter"));
    }
    audit::append(work, "event.drop", event.as_str(), &json!({ "consumer": consumer })).await
}

/// Forgets the dead letters of a plugin or webhook, all or as [`replay_all`]; says how many.
pub async fn discard_all(work: &mut Work, consumer: &str, since: Option<&str>) -> Result<u32> {
    work.caller().require(Permission::EventsManage)?;
    let dead = some_dead(work, consumer, since).await?;
    for parked in &dead {
        stored::delete(work.unit(), parked).await?;
    }
    let dropped = count(&dead);
    let detail = json!({ "dropped": dropped, "since": since });
    audit::append(work, "event.drop-all", &format!("consumer:{consumer}"), &detail).await?;
    Ok(dropped)
}

fn count(dead: &[ParkedEvent]) -> u32 {
    u32::try_from(dead.len()).unwrap_or(u32::MAX)
}

async fn some_dead(
    work: &mut Work,
    consumer: &str,
    since: Option<&str>,
) -> Result<Vec<ParkedEvent>> {
    let versions = match since {
        None => None,
        Some(since) => {
            let known = stored::versions(work.unit(), consumer).await?;
            Some(not_before(known, since)?)
        }
    };
    if versions.as_ref().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let filter = ParkedFilter {
        consumer: Some(consumer.to_owned()),
        state: Some(ParkedState::Dead),
        versions,
    };
    Ok(stored::list(work.unit(), &filter, None, AT_ONCE_MAX).await?)
}

/// Those of the versions that are not before `since`: `1.2.0` of plugins, `3` of webhooks.
fn not_before(known: Vec<String>, since: &str) -> Result<Vec<String>> {
    let order = |text: &str| match text.parse::<u64>() {
        Ok(number) => Some(Version::new(number, 0, 0)),
        Err(_) => text.parse::<Version>().ok(),
    };
    let Some(since) = order(since) else {
        let message = "is no version such as 1.2.0";
        return Err(vec![FieldError::new("since", FieldCode::Malformed, message)].into());
    };
    Ok(known.into_iter().filter(|text| order(text).is_some_and(|it| it >= since)).collect())
}

async fn revive(work: &mut Work, parked: &ParkedEvent) -> Result<()> {
    let now = work.now();
    let mut next = parked.parking.clone();
    (next.state, next.attempts, next.next_at) = (ParkedState::Waiting, 0, now);
    if stored::update(work.unit(), parked, &next).await? {
        stored::line_up(work.unit(), &parked.consumer, &parked.event.aggregate, now).await?;
        work.unit().wake_after_commit(Wake::Events);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_versions_and_not_as_texts() {
        let known = || ["1.9.0", "1.10.0", "2.0.0", ""].map(str::to_owned).to_vec();
        assert_eq!(not_before(known(), "1.10.0").unwrap(), ["1.10.0", "2.0.0"]);
        assert_eq!(not_before(vec!["9".into(), "10".into()], "10").unwrap(), ["10"]);
        assert!(not_before(known(), "new").is_err());
    }
}
