//! How often logging in was tried, by account and by address; and how many accounts an address
//! opened.

use std::net::IpAddr;
use std::time::Duration;

use galleria_domain::{EmailAddress, Instant, LoginAccount, LoginGate, LoginThrottle, StoreId};
use galleria_storage::login_attempts as stored;

use crate::caller::Caller;
use crate::error::{AppError, Result};
use crate::tokens::token_hash;
use crate::work::Work;

/// How many failures an address may cause.
const FAILURES: Pace = Pace { max: 20, window: Duration::from_mins(1) };
/// The time over which the accounts are counted that an address opens.
const REGISTRATIONS_WINDOW: Duration = Duration::from_hours(1);
/// What has rested this long is forgotten: longer than any lock.
const KEPT: Duration = Duration::from_hours(48);
const PRUNED_AT_ONCE: u32 = 500;

/// Whose password is tried, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    account: LoginAccount,
    account_key: String,
    address_key: Option<String>,
}

impl Attempt {
    /// Somebody at `at` tries the password of the account with this email, if there is one.
    ///
    /// Emails that no account has are counted just the same: who is turned away learns nothing.
    pub(crate) fn new(account: LoginAccount, at: &Caller, email: &str) -> Self {
        let email = email.parse::<EmailAddress>();
        // What is no email is nobody's, and one counter is enough for it.
        let hash = email.map_or_else(|_| String::new(), |email| token_hash(email.normalized()));
        let account_key = match account {
            LoginAccount::Staff => staff_key(&hash),
            LoginAccount::Customer => customer_key(&at.store, &hash),
        };
        Self { account, account_key, address_key: at.ip.as_deref().map(address_key) }
    }

    /// Whose password is tried.
    pub(crate) fn account(&self) -> LoginAccount {
        self.account
    }
}

fn staff_key(email_hash: &str) -> String {
    format!("staff:{email_hash}")
}

fn customer_key(store: &StoreId, email_hash: &str) -> String {
    format!("customer:{store}:{email_hash}")
}

/// An IPv6 network is one address: whoever has one of its addresses has them all.
fn address_key(ip: &str) -> String {
    match ip.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("ip:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(ip) => format!("ip:{ip}"),
        Err(_) => "ip:unknown".to_owned(),
    }
}

/// Whether passwords may be tried from this address now.
pub(crate) async fn address_gate(work: &mut Work, attempt: &Attempt) -> Result<LoginGate> {
    let now = work.now();
    let Some(key) = &attempt.address_key else { return Ok(LoginGate::Open) };
    let address = stored::get(work.unit(), key).await?;
    Ok(FAILURES.wait(&address, now).map_or(LoginGate::Open, LoginGate::Wait))
}

/// Whether the password of this account may be tried now.
pub(crate) async fn account_gate(work: &mut Work, attempt: &Attempt) -> Result<LoginGate> {
    let now = work.now();
    Ok(stored::get(work.unit(), &attempt.account_key).await?.gate(now))
}

/// Puts down a wrong password; says until when that locks the account.
pub(crate) async fn failed(work: &mut Work, attempt: &Attempt) -> Result<Option<Instant>> {
    let now = work.now();
    if let Some(key) = &attempt.address_key {
        let address = FAILURES.counted(&stored::get(work.unit(), key).await?, now);
        stored::put(work.unit(), key, &address, now).await?;
    }
    let throttle = stored::get(work.unit(), &attempt.account_key).await?;
    let throttle = throttle.failed(now, attempt.account);
    stored::put(work.unit(), &attempt.account_key, &throttle, now).await?;
    Ok(throttle.locked_until)
}

/// Puts down an attempt that came too early for the account; says until when that locks it.
///
/// The address isn't counted, nor does this count what an address tries that has to wait: one
/// address alone can neither keep itself waiting for ever nor lock others out.
pub(crate) async fn turned_away(work: &mut Work, attempt: &Attempt) -> Result<Option<Instant>> {
    let now = work.now();
    let throttle = stored::get(work.unit(), &attempt.account_key).await?;
    let throttle = throttle.turned_away(now, attempt.account);
    stored::put(work.unit(), &attempt.account_key, &throttle, now).await?;
    Ok(throttle.locked_until)
}

/// Forgets the account's failures after the right password. The address keeps its own: or else
/// one's own account would pay for trying others'.
pub(crate) async fn succeeded(work: &mut Work, attempt: &Attempt) -> Result<()> {
    stored::delete(work.unit(), &attempt.account_key).await?;
    Ok(())
}

/// Forgets the failures of a member of the staff.
pub(crate) async fn forget_staff(work: &mut Work, email: &EmailAddress) -> Result<()> {
    let key = staff_key(&token_hash(email.normalized()));
    stored::delete(work.unit(), &key).await?;
    Ok(())
}

/// Forgets the failures of a customer of the caller's store.
pub(crate) async fn forget_customer(work: &mut Work, email: &EmailAddress) -> Result<()> {
    let key = customer_key(&work.caller().store, &token_hash(email.normalized()));
    stored::delete(work.unit(), &key).await?;
    Ok(())
}

/// Forgets what has rested for two days, a bounded number of counters; says how many.
pub async fn prune(work: &mut Work) -> Result<u64> {
    let before = work.now().minus(KEPT);
    Ok(stored::prune(work.unit(), before, PRUNED_AT_ONCE).await?)
}

/// Counts an attempt to open an account in the caller's store, as [`paced`].
pub(crate) async fn registering(work: &mut Work, max: u32) -> Result<()> {
    paced(work, "register", max).await
}

/// Counts an attempt at something in the caller's store, and refuses it if the address of the
/// caller made `max` of them within the hour. What is turned away isn't counted.
pub(crate) async fn paced(work: &mut Work, what: &str, max: u32) -> Result<()> {
    let now = work.now();
    let Some(ip) = work.caller().ip.as_deref() else { return Ok(()) };
    let key = format!("{what}:{}:{}", work.caller().store, address_key(ip));
    let pace = Pace { max, window: REGISTRATIONS_WINDOW };
    let address = stored::get(work.unit(), &key).await?;
    if let Some(wait) = pace.wait(&address, now) {
        return Err(AppError::RateLimited { retry_after_s: whole_seconds(wait) });
    }
    stored::put(work.unit(), &key, &pace.counted(&address, now), now).await?;
    Ok(())
}

/// Refuses an address that tried too many links of late that lead nowhere.
pub(crate) async fn guessing_gate(work: &mut Work) -> Result<()> {
    let now = work.now();
    let Some(key) = guessing_key(work) else { return Ok(()) };
    match FAILURES.wait(&stored::get(work.unit(), &key).await?, now) {
        Some(wait) => Err(AppError::RateLimited { retry_after_s: whole_seconds(wait) }),
        None => Ok(()),
    }
}

/// Puts down that the address of the caller tried a link that leads nowhere.
pub(crate) async fn guessed(work: &mut Work) -> Result<()> {
    let now = work.now();
    let Some(key) = guessing_key(work) else { return Ok(()) };
    let address = FAILURES.counted(&stored::get(work.unit(), &key).await?, now);
    Ok(stored::put(work.unit(), &key, &address, now).await?)
}

fn guessing_key(work: &Work) -> Option<String> {
    work.caller().ip.as_deref().map(|ip| format!("link:{}", address_key(ip)))
}

/// Seconds, rounded up: whoever comes back after so many of them isn't too early.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// How often something may happen at an address: `max` times in each window, which begins with
/// the first.
#[derive(Clone, Copy)]
struct Pace {
    max: u32,
    window: Duration,
}

impl Pace {
    fn wait(self, address: &LoginThrottle, now: Instant) -> Option<Duration> {
        let ends = address.window_start?.plus(self.window);
        (address.window_failures >= self.max && ends > now).then(|| ends.since(now))
    }

    fn counted(self, address: &LoginThrottle, now: Instant) -> LoginThrottle {
        let (window_start, count) = match address.window_start {
            Some(start) if now.since(start) < self.window => (start, address.window_failures),
            _ => (now, 0),
        };
        LoginThrottle {
            window_start: Some(window_start),
            window_failures: count.saturating_add(1),
            ..LoginThrottle::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_counted_together() {
        assert_eq!(address_key("2001:db8:1:2:3:4:5:6"), address_key("2001:db8:1:2::1"));
        assert_ne!(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
        assert_eq!(address_key("::ffff:192.0.2.1"), "ip:192.0.2.1");
        assert_ne!(address_key("192.0.2.1"), address_key("192.0.2.2"));
        assert_eq!(address_key("a\nb"), "ip:unknown");
    }

    #[test]
    fn an_address_waits_for_its_minute_to_end_after_twenty_failures() {
        let at = |seconds| Instant::EPOCH.plus(Duration::from_secs(seconds));
        let mut address = LoginThrottle::default();
        for second in 0..20 {
            assert_eq!(FAILURES.wait(&address, at(second)), None);
            address = FAILURES.counted(&address, at(second));
        }
        assert_eq!(FAILURES.wait(&address, at(20)), Some(Duration::from_secs(40)));
        assert_eq!(FAILURES.wait(&address, at(60)), None);
        assert_eq!(FAILURES.counted(&address, at(60)).window_failures, 1);
    }
}
