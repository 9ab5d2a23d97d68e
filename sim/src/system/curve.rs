//! Curves over time: when the next arrival of a varying rate comes, and how many users there are.

use crate::plan::Curve;
use crate::time::{SimTime, nanos, round_nanos};

/// A rate over time that is looked at in the order of time, from several places.
#[derive(Debug)]
pub(super) struct Course {
    /// (instant [ns since the beginning], rate \[1/ns\]), rising in time.
    points: Vec<(f64, f64)>,
}

impl Course {
    pub(super) fn new(curve: &Curve, start: SimTime) -> Self {
        Self { points: points(curve, start) }
    }

    /// The rate at an instant \[ns\] that is not before the one that left `place` as it is.
    pub(super) fn at(&self, now: f64, place: &mut usize) -> f64 {
        while self.points.get(*place + 1).is_some_and(|&(at, _)| at <= now) {
            *place += 1;
        }
        let (t0, v0) = self.points[*place];
        match self.points.get(*place + 1) {
            Some(&(t1, v1)) if now >= t0 => v0 + (v1 - v0) * (now - t0) / (t1 - t0),
            _ => v0,
        }
    }

    /// Whether nobody comes any more from this place on.
    pub(super) fn is_over(&self, place: usize) -> bool {
        self.points[place..].iter().all(|&(_, rate)| rate <= 0.0)
    }
}

/// The points of a curve: (instant [ns since the beginning], rate \[1/ns\]), rising in time.
fn points(curve: &Curve, start: SimTime) -> Vec<(f64, f64)> {
    let points =
        curve.0.iter().map(|&(at, per_s)| (start.after(nanos(at)).as_nanos() as f64, per_s * 1e-9));
    let mut points: Vec<_> = points.collect();
    // During the warm-up, load has its value at t = 0.
    let at_zero = value_at(&points, start.as_nanos() as f64);
    points.retain(|&(at, _)| at >= start.as_nanos() as f64);
    points.insert(0, (0.0, at_zero));
    points.insert(1, (start.as_nanos() as f64, at_zero));
    points
}

/// A rate over time, walked from arrival to arrival.
#[derive(Debug)]
pub(super) struct Rate {
    /// (instant [ns since the beginning], rate \[1/ns\]), rising in time.
    points: Vec<(f64, f64)>,
    /// The segment that it was last forwarded to: the index of its left point.
    segment: usize,
}

impl Rate {
    pub(super) fn new(curve: &Curve, start: SimTime) -> Self {
        Self { points: points(curve, start), segment: 0 }
    }

    /// Forgets the points before `now`, but for the one that it comes after.
    pub(super) fn forward(&mut self, now: SimTime) {
        let now = now.as_nanos() as f64;
        while self.points.get(self.segment + 1).is_some_and(|&(at, _)| at <= now) {
            self.segment += 1;
        }
    }

    /// The instant at which the integral of the rate from `now`, the last that was forwarded to,
    /// reaches `gap`, if ever.
    pub(super) fn reach(&self, now: SimTime, gap: f64) -> Option<SimTime> {
        let (mut from, mut left) = (now.as_nanos() as f64, gap);
        let found = |at: f64| SimTime::from_nanos(round_nanos(at).max(now.as_nanos()));
        for pair in self.points[self.segment..].windows(2) {
            let (rate, slope, span) = piece(pair[0], pair[1], from, f64::INFINITY);
            let area = span * (rate + slope * span / 2.0);
            if area >= left && area > 0.0 {
                // left = rate·x + slope·x²/2, solved without cancellation.
                let root = libm::sqrt((rate * rate + 2.0 * slope * left).max(0.0));
                return Some(found(from + 2.0 * left / (rate + root)));
            }
            left -= area;
            from = from.max(pair[1].0);
        }
        let rate = self.points.last()?.1;
        let at = from + left / rate;
        (rate > 0.0 && at < SimTime::MAX.as_nanos() as f64).then(|| found(at))
    }

    /// The integral of the rate from `from`, the last that was forwarded to, to `to`.
    pub(super) fn area(&self, from: SimTime, to: SimTime) -> f64 {
        let (mut from, to) = (from.as_nanos() as f64, to.as_nanos() as f64);
        let mut sum = 0.0;
        for pair in self.points[self.segment..].windows(2) {
            let (rate, slope, span) = piece(pair[0], pair[1], from, to);
            sum += span * (rate + slope * span / 2.0);
            from = from.max(pair[1].0.min(to));
        }
        sum + (to - from) * self.points.last().map_or(0.0, |point| point.1)
    }
}

/// Of the line between two points, from `from` on: its value there, its slope, and its length until
/// `to`.
fn piece(left: (f64, f64), right: (f64, f64), from: f64, to: f64) -> (f64, f64, f64) {
    let slope = if right.0 > left.0 { (right.1 - left.1) / (right.0 - left.0) } else { 0.0 };
    (left.1 + slope * (from - left.0), slope, (right.0.min(to) - from).max(0.0))
}

/// A piecewise linear curve at one instant.
fn value_at(points: &[(f64, f64)], at: f64) -> f64 {
    let after = points.partition_point(|&(t, _)| t <= at);
    match (after.checked_sub(1).map(|i| points[i]), points.get(after)) {
        (None, None) => 0.0,
        (None, Some(&(_, value))) | (Some((_, value)), None) => value,
        (Some((t0, v0)), Some(&(t1, v1))) => v0 + (v1 - v0) * (at - t0) / (t1 - t0),
    }
}

/// When the number of users, rounded up, changes, and to what.
pub(super) fn user_changes(users: &Curve, start: SimTime) -> Vec<(SimTime, u32)> {
    let zero = start.as_nanos() as f64;
    let points: Vec<(f64, f64)> =
        users.0.iter().map(|&(at, n)| (start.after(nanos(at)).as_nanos() as f64, n)).collect();
    let mut changes = vec![(SimTime::ZERO, value_at(&points, zero).ceil() as u32)];
    for pair in points.windows(2) {
        let [(t0, v0), (t1, v1)] = [pair[0], pair[1]];
        let (from, to) = (v0.ceil() as u32, v1.ceil() as u32);
        let crossing = |level: f64| {
            let at = if t1 > t0 { t0 + (t1 - t0) * (level - v0) / (v1 - v0) } else { t1 };
            SimTime::from_nanos(round_nanos(at))
        };
        if to > from {
            // There are k users once the curve is above k − 1; at a step, at once.
            changes.extend((from..to).map(|k| (crossing(f64::from(k).max(v0)), k + 1)));
        } else {
            changes.extend((to..from).rev().map(|k| (crossing(f64::from(k)), k)));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn curve(points: &[(u64, f64)]) -> Curve {
        Curve(points.iter().map(|&(s, v)| (Duration::from_secs(s), v)).collect())
    }

    #[track_caller]
    fn check_arrival(rate: &[(u64, f64)], from_s: u64, gap: f64, expected_s: Option<f64>) {
        let mut rate = Rate::new(&curve(rate), SimTime::ZERO);
        let from = SimTime::from_nanos(from_s * 1_000_000_000);
        rate.forward(from);
        let reached = rate.reach(from, gap);
        if let Some(at) = reached {
            assert!((rate.area(from, at) - gap).abs() < 1e-6, "{} to {at:?}", rate.area(from, at));
        }
        let at = reached.map(SimTime::as_secs_f64);
        match (at, expected_s) {
            (Some(at), Some(expected)) => assert!((at - expected).abs() < 1e-6, "{at} {expected}"),
            other => assert_eq!(other.0, other.1),
        }
    }

    #[test]
    fn the_integral_of_the_rate_reaches_the_gap() {
        check_arrival(&[(0, 2.0)], 0, 3.0, Some(1.5));
        check_arrival(&[(0, 2.0)], 4, 3.0, Some(5.5));
        check_arrival(&[(0, 0.0), (10, 10.0)], 0, 8.0, Some(4.0)); // t²/2 = 8
        check_arrival(&[(0, 10.0), (10, 0.0)], 0, 50.0, Some(10.0));
        check_arrival(&[(0, 10.0), (10, 0.0)], 0, 51.0, None);
        check_arrival(&[(0, 1.0), (10, 1.0), (10, 4.0)], 0, 14.0, Some(11.0));
        check_arrival(&[(5, 0.0), (5, 1.0)], 0, 1.0, Some(6.0));
    }

    #[test]
    fn users_are_rounded_up() {
        let s = |s: u64| SimTime::from_nanos(s * 1_000_000_000);
        let changes = user_changes(&curve(&[(0, 0.0), (10, 2.0), (20, 0.0)]), SimTime::ZERO);
        let expected = [(s(0), 0), (s(0), 1), (s(5), 2), (s(15), 1), (s(20), 0)];
        assert_eq!(changes, expected);
        let step = user_changes(&curve(&[(0, 3.0), (10, 3.0), (10, 5.0)]), SimTime::ZERO);
        assert_eq!(step, [(s(0), 3), (s(10), 4), (s(10), 5)]);
    }
}
