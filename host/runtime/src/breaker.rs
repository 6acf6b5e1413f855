//! Leaves a plugin alone for a while after it failed too often.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

const WINDOW: Duration = Duration::from_mins(1);
/// So many failures in the window, if they are a fifth of the calls or there are few calls.
const FAILURES_MAX: u32 = 5;
const CALLS_FEW: u32 = 20;
const REST_FIRST: Duration = Duration::from_secs(30);
const REST_MAX: Duration = Duration::from_hours(1);

/// Counts failures of one generation of a plugin.
#[derive(Debug)]
pub(crate) struct Breaker(Mutex<State>);

#[derive(Debug)]
struct State {
    window_began: Instant,
    calls: u32,
    failures: u32,
    resting_until: Option<Instant>,
    rest: Duration,
    /// After a rest one call is let through, and decides.
    trying: bool,
}

impl Breaker {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            window_began: now,
            calls: 0,
            failures: 0,
            resting_until: None,
            rest: REST_FIRST,
            trying: false,
        }))
    }

    /// Lets a call through, or says how long the plugin still rests.
    pub(crate) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.0.lock();
        match state.resting_until {
            None => Ok(()),
            Some(until) if now < until => Err(until - now),
            Some(_) if state.trying => Err(Duration::from_secs(1)),
            Some(_) => {
                state.trying = true;
                Ok(())
            }
        }
    }

    /// Whether the plugin rests, without letting a call through.
    pub(crate) fn rests(&self, now: Instant) -> bool {
        self.0.lock().resting_until.is_some_and(|until| now < until)
    }

    /// Counts how a call ended; answers `true` when the plugin begins to rest.
    pub(crate) fn record(&self, now: Instant, failed: bool) -> bool {
        let mut state = self.0.lock();
        if state.resting_until.is_some() {
            return state.after_rest(now, failed);
        }
        if now.duration_since(state.window_began) > WINDOW {
            (state.window_began, state.calls, state.failures) = (now, 0, 0);
        }
        state.calls += 1;
        state.failures += u32::from(failed);
        let too_many = state.failures >= FAILURES_MAX
            && (state.calls < CALLS_FEW || state.failures * 5 > state.calls);
        if failed && too_many {
            state.resting_until = Some(now + state.rest);
        }
        failed && too_many
    }
}

impl State {
    fn after_rest(&mut self, now: Instant, failed: bool) -> bool {
        if !self.trying {
            // Let through before the rest began.
            return false;
        }
        self.trying = false;
        if failed {
            self.rest = (self.rest * 2).min(REST_MAX);
            self.resting_until = Some(now + self.rest);
        } else {
            *self = Self {
                window_began: now,
                calls: 1,
                failures: 0,
                resting_until: None,
                rest: REST_FIRST,
                trying: false,
            };
        }
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_bring_a_rest_that_doubles_until_a_call_goes_well() {
        let start = Instant::now();
        let breaker = Breaker::new(start);
        assert!((0..4).all(|_| !breaker.record(start, true)));
        assert!(breaker.record(start, true));
        assert_eq!(breaker.admit(start), Err(REST_FIRST));

        let after = start + REST_FIRST;
        assert_eq!(breaker.admit(after), Ok(()));
        assert!(breaker.admit(after).is_err(), "one call at a time is tried after a rest");
        assert!(breaker.record(after, true));
        assert_eq!(breaker.admit(after), Err(REST_FIRST * 2));

        let later = after + REST_FIRST * 2;
        assert_eq!(breaker.admit(later), Ok(()));
        breaker.record(later, false);
        assert_eq!(breaker.admit(later), Ok(()));
        assert_eq!(breaker.admit(later), Ok(()));
    }

    #[test]
    fn failures_among_many_good_calls_bring_no_rest() {
        let start = Instant::now();
        let breaker = Breaker::new(start);
        for call in 0..1_000 {
            breaker.record(start, call % 10 == 9);
        }
        assert_eq!(breaker.admit(start), Ok(()));
    }

    #[test]
    fn old_failures_are_forgotten() {
        let start = Instant::now();
        let breaker = Breaker::new(start);
        (0..4).for_each(|_| _ = breaker.record(start, true));
        let later = start + WINDOW * 2;
        assert!(!breaker.record(later, true));
    }
}
