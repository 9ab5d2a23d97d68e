//! Checks of series of metrics while their points go by: duplicates, order and gaps.

use crate::{quality::Defect, record::Point};

/// What was met of one series.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    last_ns: u64,
    /// The shortest step between two points so far.
    step_ns: u64,
    points: u64,
}

/// What was met of every series, by id. 24 bytes each.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<Seen>);

impl Checks {
    /// What is wrong with this point, given those before it.
    ///
    /// A point is a duplicate when the series had one at the same instant just before; where a file
    /// has no times, a second point of a series is one.
    pub(super) fn check(&mut self, point: Point) -> Option<Defect> {
        let index = point.series.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, Seen::default());
        }
        let seen = &mut self.0[index];
        seen.points += 1;
        let now = point.time_ns.unwrap_or(0);
        let before = std::mem::replace(&mut seen.last_ns, now);
        if seen.points == 1 {
            return None;
        }
        if now == before {
            return Some(Defect::Duplicate);
        }
        let Some(step) = now.checked_sub(before) else {
            return Some(Defect::OutOfOrder);
        };
        let usual = seen.step_ns;
        seen.step_ns = if usual == 0 { step } else { usual.min(step) };
        (usual > 0 && step > usual + usual / 2).then_some(Defect::Gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::SeriesId;

    #[test]
    fn steps_tell_gaps_and_order() {
        let mut checks = Checks::default();
        let mut check = |time_ns| {
            checks.check(Point { series: SeriesId(3), time_ns: Some(time_ns), value: 0.0 })
        };
        let found = [10, 20, 30, 30, 40, 60, 70, 65].map(&mut check);
        let (gap, order) = (Some(Defect::Gap), Some(Defect::OutOfOrder));
        assert_eq!(found, [None, None, None, Some(Defect::Duplicate), None, gap, None, order]);
    }
}
