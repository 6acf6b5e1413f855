//! Paired rounds: every lane is measured once in each round, so that a machine that slows down or
//! speeds up does so for all of them.

use std::time::Duration;

use serde::Serialize;

use crate::Result;
use crate::load::{self, Load};
use crate::process::Server;
use crate::statistics::{Spread, number};

/// How long everything is measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
}

impl Plan {
    pub(crate) fn round(self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// Before the first round, and not counted.
    fn warm_up(self) -> Duration {
        self.round() / 4
    }
}

/// One of those that are compared. The first of a contest is the yardstick.
#[derive(Debug)]
pub(crate) struct Lane<'a> {
    pub(crate) name: &'static str,
    pub(crate) server: &'a Server,
    pub(crate) load: Load,
    /// What is asked of it against the yardstick.
    pub(crate) target: Option<Target>,
}

/// How a lane has to compare with the yardstick.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At least this share of the yardstick's requests per second; met if the CPU for each request
    /// says so, which is steady where requests per second are not.
    Throughput(f64),
    /// At least this multiple of the yardstick's requests per second, whatever CPU they take.
    Rate(f64),
}

/// One lane in one round.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) requests: u64,
    pub(crate) errors: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Of the server's process, for each request.
    pub(crate) cpu_us: f64,
}

/// What became of a lane over all rounds.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Standing {
    pub(crate) lane: &'static str,
    pub(crate) clients: usize,
    pub(crate) rounds: Vec<Round>,
    pub(crate) per_second: Spread,
    pub(crate) p50_us: Spread,
    pub(crate) p99_us: Spread,
    pub(crate) cpu_us: Spread,
    /// Its requests per second by the yardstick's of the same round.
    pub(crate) ratio: Spread,
    /// The yardstick's CPU for each request by its own of the same round.
    pub(crate) cpu_ratio: Spread,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) met: Option<bool>,
}

/// Lets the lanes take turns.
pub(crate) async fn run(plan: Plan, lanes: &[Lane<'_>]) -> Result<Vec<Standing>> {
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); lanes.len()];
    let mut complaints: Vec<Option<String>> = vec![None; lanes.len()];
    for lane in lanes {
        load::fire(lane.server.greeting.address, &lane.load, plan.warm_up()).await?;
    }
    for _ in 0..plan.rounds {
        for (number, lane) in lanes.iter().enumerate() {
            let (round, complaint) = measure(lane, plan.round()).await?;
            rounds[number].push(round);
            complaints[number] = complaints[number].take().or(complaint);
        }
    }
    let yardstick = rounds.first().cloned().unwrap_or_default();
    let lanes = lanes.iter().zip(rounds).zip(complaints);
    lanes.map(|((lane, rounds), complaint)| stand(lane, &yardstick, rounds, complaint)).collect()
}

async fn measure(lane: &Lane<'_>, time: Duration) -> Result<(Round, Option<String>)> {
    let cpu_before = lane.server.cpu()?;
    let (mut tally, took) = load::fire(lane.server.greeting.address, &lane.load, time).await?;
    let cpu = lane.server.cpu()?.saturating_sub(cpu_before);
    let requests = tally.times.len() as u64;
    let round = Round {
        requests,
        errors: tally.errors,
        per_second: number(requests) / took.as_secs_f64(),
        p50_us: micros(tally.percentile(500)),
        p99_us: micros(tally.percentile(990)),
        cpu_us: micros(cpu) / number(requests),
    };
    Ok((round, tally.first_error))
}

fn stand(
    lane: &Lane<'_>,
    yardstick: &[Round],
    rounds: Vec<Round>,
    first_error: Option<String>,
) -> Result<Standing> {
    let spread = |figure: fn(&Round) -> f64| {
        Spread::of(rounds.iter().map(figure))
            .ok_or_else(|| nothing_right(lane.name, first_error.as_deref()))
    };
    let ratio = |figure: fn(&Round, &Round) -> f64| {
        let pairs = yardstick.iter().zip(&rounds);
        Spread::of(pairs.map(|(yardstick, round)| figure(yardstick, round)))
            .ok_or_else(|| nothing_right(lane.name, first_error.as_deref()))
    };
    let by_rate = ratio(|yardstick, round| round.per_second / yardstick.per_second)?;
    let by_cpu = ratio(|yardstick, round| yardstick.cpu_us / round.cpu_us)?;
    Ok(Standing {
        lane: lane.name,
        clients: lane.load.clients,
        per_second: spread(|round| round.per_second)?,
        p50_us: spread(|round| round.p50_us)?,
        p99_us: spread(|round| round.p99_us)?,
        cpu_us: spread(|round| round.cpu_us)?,
        ratio: by_rate,
        cpu_ratio: by_cpu,
        errors: rounds.iter().map(|round| round.errors).sum(),
        first_error,
        target: lane.target.map(|target| target.to_string()),
        met: lane.target.map(|target| target.is_met(by_rate, by_cpu)),
        rounds,
    })
}

fn nothing_right(lane: &str, first_error: Option<&str>) -> String {
    format!("{lane}: not one answer was right: {}", first_error.unwrap_or("there was none"))
}

/// Microseconds.
pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

impl Target {
    fn is_met(self, ratio: Spread, cpu_ratio: Spread) -> bool {
        match self {
            Self::Throughput(least) => cpu_ratio.median >= least,
            Self::Rate(least) => ratio.median >= least,
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Throughput(least) => write!(f, ">= {least:.2} x by CPU"),
            Self::Rate(least) => write!(f, ">= {least:.2} x by requests"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(median: f64) -> Spread {
        Spread { median, min: 0.0, max: 9.0 }
    }

    #[test]
    fn a_target_on_throughput_is_met_by_cpu_and_one_on_the_rate_by_requests() {
        assert!(Target::Throughput(0.5).is_met(spread(0.3), spread(0.5)));
        assert!(!Target::Throughput(0.5).is_met(spread(0.9), spread(0.49)));
        assert!(Target::Rate(4.0).is_met(spread(4.1), spread(0.1)));
        assert!(!Target::Rate(4.0).is_met(spread(3.9), spread(9.0)));
    }
}
