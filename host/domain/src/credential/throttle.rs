use std::time::Duration;

use crate::time::Instant;

/// How many failures in a row cost nothing.
pub const FREE_FAILURES: u32 = 4;

/// The longest that one failure makes wait.
pub const MAX_DELAY: Duration = Duration::from_mins(15);

/// How many failures within an hour lock a member of the staff out.
pub const LOCK_AFTER_FAILURES: u32 = 20;

/// How long staff is locked out unless somebody unlocks them: long enough to be noticed, but not
/// for ever, since the last owner has nobody to ask.
pub const LOCK_DURATION: Duration = Duration::from_hours(24);

/// The time that failures are counted over, and after which they are forgotten.
const WINDOW: Duration = Duration::from_hours(1);

/// Whose password is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginAccount {
    /// A customer is only ever made to wait, so that nobody can lock somebody else out.
    Customer,
    /// Staff is also locked out.
    Staff,
}

/// Whether a password may be tried now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginGate {
    /// It may.
    Open,
    /// Only after this time.
    Wait(Duration),
    /// Not before this time has passed, or somebody with the right to has unlocked the account.
    Locked(Duration),
}

/// What failed logins an account has had. From the fifth failure in a row on, each makes wait: one
/// second, then twice as long each time, up to 15 minutes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LoginThrottle {
    /// Failures in a row.
    pub failures: u32,
    /// When the last one was.
    pub last_failure_at: Option<Instant>,
    /// When the counting of this hour began.
    pub window_start: Option<Instant>,
    /// Attempts of this hour that failed or came too early.
    pub window_failures: u32,
    /// Until when the account is locked.
    pub locked_until: Option<Instant>,
}

impl LoginThrottle {
    /// Whether a password may be tried now.
    pub fn gate(&self, now: Instant) -> LoginGate {
        if let Some(until) = self.locked_until.filter(|until| *until > now) {
            return LoginGate::Locked(until.since(now));
        }
        let open_at = self.last_failure_at.map(|at| at.plus(self.delay()));
        match open_at {
            Some(open_at) if open_at > now => LoginGate::Wait(open_at.since(now)),
            _ => LoginGate::Open,
        }
    }

    /// What is known after a wrong password.
    #[must_use]
    pub fn failed(&self, now: Instant, account: LoginAccount) -> Self {
        let forgotten = self.last_failure_at.is_none_or(|at| now.since(at) >= WINDOW);
        let before = if forgotten { 0 } else { self.failures };
        let next = Self {
            failures: before.saturating_add(1),
            last_failure_at: Some(now),
            ..self.counted(now)
        };
        next.locked_if_staff(now, account)
    }

    /// What is known after an attempt that came too early and was turned away unseen. It makes
    /// nobody wait longer, but counts towards the lock of staff.
    #[must_use]
    pub fn turned_away(&self, now: Instant, account: LoginAccount) -> Self {
        self.counted(now).locked_if_staff(now, account)
    }

    /// What is known after the right password: nothing is held against the account any more.
    #[must_use]
    pub fn succeeded() -> Self {
        Self::default()
    }

    /// How long the last failure makes wait.
    fn delay(&self) -> Duration {
        let Some(doublings) = self.failures.checked_sub(FREE_FAILURES + 1) else {
            return Duration::ZERO;
        };
        let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        Duration::from_secs(seconds).min(MAX_DELAY)
    }

    fn counted(&self, now: Instant) -> Self {
        match self.window_start {
            Some(start) if now.since(start) < WINDOW => {
                Self { window_failures: self.window_failures.saturating_add(1), ..*self }
            }
            _ => Self { window_start: Some(now), window_failures: 1, ..*self },
        }
    }

    fn locked_if_staff(self, now: Instant, account: LoginAccount) -> Self {
        let locks = account == LoginAccount::Staff && self.window_failures >= LOCK_AFTER_FAILURES;
        let unlocked = self.locked_until.is_none_or(|until| until <= now);
        if locks && unlocked {
            Self { locked_until: Some(now.plus(LOCK_DURATION)), ..self }
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::EPOCH.plus(Duration::from_secs(seconds))
    }

    fn after_failures(count: u32, account: LoginAccount) -> LoginThrottle {
        (0..count).fold(LoginThrottle::default(), |state, _| state.failed(at(0), account))
    }

    #[test]
    fn from_the_fifth_failure_on_one_waits_twice_as_long_each_time() {
        for (failures, seconds) in
            [(5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (19, 900), (4_000_000, 900)]
        {
            let state = LoginThrottle { failures, ..after_failures(1, LoginAccount::Customer) };
            assert_eq!(
                state.gate(at(0)),
                LoginGate::Wait(Duration::from_secs(seconds)),
                "{failures}"
            );
            assert_eq!(state.gate(at(seconds)), LoginGate::Open);
        }
        assert_eq!(after_failures(4, LoginAccount::Customer).gate(at(0)), LoginGate::Open);
    }

    #[test]
    fn the_right_password_clears_the_account() {
        assert_eq!(LoginThrottle::succeeded().gate(at(0)), LoginGate::Open);
        assert_eq!(LoginThrottle::succeeded().failures, 0);
    }

    #[test]
    fn failures_are_forgotten_after_an_hour_of_rest() {
        let state = after_failures(9, LoginAccount::Customer);
        assert_eq!(state.failed(at(3_600), LoginAccount::Customer).failures, 1);
        assert_eq!(state.failed(at(3_599), LoginAccount::Customer).failures, 10);
    }

    #[test]
    fn the_twentieth_failure_within_an_hour_locks_staff_out() {
        assert!(matches!(after_failures(19, LoginAccount::Staff).gate(at(0)), LoginGate::Wait(_)));
        let locked = after_failures(20, LoginAccount::Staff);
        assert_eq!(locked.gate(at(0)), LoginGate::Locked(LOCK_DURATION));
        assert_eq!(locked.gate(at(24 * 3_600)), LoginGate::Open);
        // What comes too early counts, or else waiting would keep the lock away for ever.
        let impatient = (0..15).fold(after_failures(5, LoginAccount::Staff), |state, _| {
            state.turned_away(at(0), LoginAccount::Staff)
        });
        assert!(matches!(impatient.gate(at(0)), LoginGate::Locked(_)));
    }

    proptest! {
        #[test]
        fn a_customer_waits_15_minutes_at_most_whatever_others_try(
            attempts in vec((0..2_000_u64, any::<bool>()), 0..200)
        ) {
            let mut state = LoginThrottle::default();
            let mut now = at(0);
            for (pause, early) in attempts {
                now = now.plus(Duration::from_secs(pause));
                state = if early {
                    state.turned_away(now, LoginAccount::Customer)
                } else {
                    state.failed(now, LoginAccount::Customer)
                };
                match state.gate(now) {
                    LoginGate::Open => {}
                    LoginGate::Wait(wait) => prop_assert!(wait <= MAX_DELAY),
                    LoginGate::Locked(_) => prop_assert!(false, "a customer is never locked out"),
                }
            }
        }

        #[test]
        fn an_attempt_turned_away_makes_nobody_wait_longer(failures in 0..40_u32, seconds in 0..900_u64) {
            let state = after_failures(failures, LoginAccount::Customer);
            let now = at(seconds);
            prop_assert_eq!(state.turned_away(now, LoginAccount::Customer).gate(now), state.gate(now));
        }
    }
}
