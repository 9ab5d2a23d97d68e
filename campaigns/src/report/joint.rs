//! Faults that are worse together than their parts.

use foreshadow_sim::stats::Estimate;

use super::JointReport;
use crate::case::CaseKind;
use crate::merge::Merged;
use crate::spec::Spec;

/// Pairs that harm more requests than both alone, the worst first; over the same requests.
pub(super) fn joint(spec: &Spec, merged: &Merged) -> Vec<JointReport> {
    let single = |index: usize| {
        let is_it = |case: &crate::case::Case| case.kind == CaseKind::Faults(vec![index]);
        spec.cases.iter().position(is_it).map(|case| &merged.cases[case].trials)
    };
    let mut found: Vec<(f64, JointReport)> = Vec::new();
    for (case, both) in spec.cases.iter().zip(&merged.cases) {
        let CaseKind::Faults(which) = &case.kind else { continue };
        let [one, two] = which.as_slice() else { continue };
        let (Some(one), Some(two)) = (single(*one), single(*two)) else { continue };
        let excess = both.trials.iter().zip(one).zip(two).filter(|((both, one), two)| {
            both.replication == one.replication && both.replication == two.replication
        });
        let shares: Vec<(f64, f64)> = excess
            .filter_map(|((both, one), two)| {
                let due = both.due.max(one.due).max(two.due);
                let parts = one.harmed as f64 + two.harmed as f64;
                (due > 0).then(|| ((both.harmed as f64 - parts) / due as f64, 1.0))
            })
            .collect();
        let excess = merged.rule.mean(&shares);
        if let Estimate::Known { value, interval: Some((low, _)) } = excess
            && low > 0.0
        {
            found.push((value, JointReport { name: case.name.clone(), excess: excess.into() }));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, report)| report).collect()
}
