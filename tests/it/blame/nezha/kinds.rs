//! Scores by kind of fault.

use std::collections::BTreeMap;
use std::fmt;

use super::super::rule::{Order, RATIO, Score};

/// An operation that was judged under a fault.
#[derive(Debug)]
pub(super) struct Judged<'a> {
    pub(super) name: &'a str,
    /// Median over that before.
    pub(super) ratio: f64,
    pub(super) slowed: bool,
    /// What the twin says of the ratio; none if its simulation hardly reaches the operation.
    pub(super) predicted: Option<f64>,
    /// Whether calls lead from it to the component that was hit.
    pub(super) reaches: bool,
}

impl Judged<'_> {
    pub(super) fn is_named(&self) -> bool {
        self.predicted.is_some_and(|predicted| predicted >= RATIO)
    }
}

impl fmt::Display for Judged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let predicted = self.predicted.map_or_else(|| String::from("-"), |it| format!("{it:.2}"));
        let slowed = if self.slowed { "slowed" } else { "" };
        write!(f, "    {:<55} {:>8.2} {predicted:>8} {slowed}", self.name, self.ratio)
    }
}

/// Scores of one kind of fault.
#[derive(Debug, Default)]
pub(super) struct Kind {
    pub(super) faults: usize,
    pub(super) judged: usize,
    pub(super) twin: Score,
    pub(super) reachability: Score,
    pub(super) twin_order: Order,
    pub(super) reachability_order: Order,
    /// Slowed, and judged, of the operations from which no call leads to the fault: what the rule
    /// calls slow by accident, or by a way that no span shows. It is the noise floor.
    pub(super) apart: [usize; 2],
}

impl Kind {
    /// Adds the judged operations of one fault.
    pub(super) fn add(&mut self, rows: &[Judged<'_>]) {
        self.faults += 1;
        self.judged += rows.len();
        for row in rows {
            self.twin.add(row.is_named(), row.slowed);
            self.reachability.add(row.reaches, row.slowed);
            if !row.reaches {
                self.apart[0] += usize::from(row.slowed);
                self.apart[1] += 1;
            }
        }
        let ranked = |rank: &dyn Fn(&Judged<'_>) -> f64| {
            rows.iter().map(|row| (rank(row), row.slowed)).collect::<Vec<_>>()
        };
        self.twin_order.add(&ranked(&|row| row.predicted.unwrap_or(1.0)));
        self.reachability_order.add(&ranked(&|row| f64::from(u8::from(row.reaches))));
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [slowed, of] = self.apart;
        write!(
            f,
            "{} faults, {} judged; twin {}, order {}; reachability {}, order {}; slowed where no \
             call leads to the fault {slowed} of {of}",
            self.faults,
            self.judged,
            self.twin,
            self.twin_order,
            self.reachability,
            self.reachability_order
        )
    }
}

pub(super) type Kinds = BTreeMap<String, Kind>;
