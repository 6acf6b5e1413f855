//! What many figures come down to.

use std::time::Duration;

use serde::Serialize;

/// The middle of some figures, and how far apart they lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// `None` without a single figure; those that aren't finite don't count.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<_> = figures.into_iter().filter(|figure| figure.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Some(Self { median, min, max })
    }
}

/// The smallest of the times that at least so many in a thousand don't exceed (nearest rank);
/// zero if there are none. Puts the times in order.
pub(crate) fn percentile(times: &mut [Duration], per_mille: usize) -> Duration {
    times.sort_unstable();
    let rank = (times.len() * per_mille).div_ceil(1_000).max(1);
    times.get(rank - 1).or(times.last()).copied().unwrap_or_default()
}

/// A count as a number to divide by or to be divided; what no bench reaches is cut off.
pub(crate) fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(values: &[u64]) -> Vec<Duration> {
        values.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn the_median_is_the_middle_or_halfway_between_the_two_in_the_middle() {
        let median = |figures: &[f64]| Spread::of(figures.iter().copied()).unwrap().median;
        assert!((median(&[9.0, 1.0, 4.0]) - 4.0).abs() < f64::EPSILON);
        assert!((median(&[9.0, 1.0, 4.0, 5.0]) - 4.5).abs() < f64::EPSILON);
        assert!((median(&[7.0]) - 7.0).abs() < f64::EPSILON);
    }

    #[test]
    fn no_figures_have_no_spread_and_a_division_by_zero_is_no_figure() {
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([f64::NAN, f64::INFINITY]), None);
        let spread = Spread::of([2.0, f64::NAN]).unwrap();
        assert_eq!(spread, Spread { median: 2.0, min: 2.0, max: 2.0 });
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let mut times = millis(&[30, 10, 20, 40]);
        assert_eq!(percentile(&mut times, 500), Duration::from_millis(20));
        assert_eq!(percentile(&mut times, 501), Duration::from_millis(30));
        assert_eq!(percentile(&mut times, 990), Duration::from_millis(40));
        assert_eq!(percentile(&mut times, 0), Duration::from_millis(10));
        assert_eq!(percentile(&mut [], 500), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn the_median_lies_between_the_ends(
            figures in prop::collection::vec(-1e9_f64..1e9, 1..50)
        ) {
            let spread = Spread::of(figures.iter().copied()).unwrap();
            prop_assert!(spread.min <= spread.median && spread.median <= spread.max);
            let below = figures.iter().filter(|figure| **figure < spread.median).count();
            let above = figures.iter().filter(|figure| **figure > spread.median).count();
            prop_assert!(below <= figures.len() / 2 && above <= figures.len() / 2);
        }

        #[test]
        fn so_many_in_a_thousand_do_not_exceed_a_percentile(
            values in prop::collection::vec(0_u64..10_000, 1..300),
            per_mille in 1_usize..=1_000,
        ) {
            let mut times = millis(&values);
            let found = percentile(&mut times, per_mille);
            let within = times.iter().filter(|time| **time <= found).count();
            let below = times.iter().filter(|time| **time < found).count();
            prop_assert!(within * 1_000 >= times.len() * per_mille);
            prop_assert!(below * 1_000 < times.len() * per_mille);
        }
    }
}
