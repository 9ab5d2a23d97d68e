//! The ways of an endpoint to steps.

use std::collections::BTreeSet;

use super::Labels;
use super::variants::Variant;
use crate::law::{Fit, differ, fit};
use crate::model::{Alternative, Step};
use crate::observe::{Run, Stage};

/// What the steps of an endpoint are made with.
pub(super) struct Context<'a> {
    pub(super) labels: &'a Labels,
    /// Calls (caller, callee) whose failure does not matter.
    pub(super) optional: &'a BTreeSet<(u32, u32)>,
    pub(super) endpoint: usize,
}

/// Visits that a way needs for a law of its own.
const OWN_LAW: usize = 30;
/// Least difference from the most frequent way, as a share of the endpoint's mean time.
const MATERIAL: f64 = 0.05;

/// The steps of an endpoint that has these ways.
pub(super) fn steps(variants: &[Variant], context: &Context<'_>) -> Vec<Step> {
    let laws = Laws::of(variants);
    if laws.own.iter().any(Option::is_some) {
        return apart(variants, laws, context);
    }
    let mut steps: Vec<Step> = laws.shared.map(Step::Work).into_iter().collect();
    match variants {
        [only] => steps.extend(calls(&only.shape, None, context)),
        [a, b] if let Some((longer, skipped, probability)) = sometimes(a, b) => {
            steps.extend(calls(&longer.shape, Some((skipped, probability)), context));
        }
        several => {
            let (head, tail) = common(several);
            let middle = |variant: &Variant| {
                let end = variant.shape.len() - tail;
                calls(&variant.shape[head..end], None, context)
            };
            let first = &several[0].shape;
            steps.extend(calls(&first[..head], None, context));
            steps.push(choose(several, middle));
            steps.extend(calls(&first[first.len() - tail..], None, context));
        }
    }
    steps
}

/// Ways of which some have a law of their own; what the others share is written once.
fn apart(variants: &[Variant], laws: Laws, context: &Context<'_>) -> Vec<Step> {
    let name = &context.labels.endpoints[context.endpoint];
    let sharing = laws.own.iter().filter(|own| own.is_none()).count();
    let mut own = laws.own.into_iter();
    let mut written = false;
    let steps = |variant: &Variant| {
        let work = match (own.next().flatten(), &laws.shared) {
            (Some(Own(fit)), _) => fit.map(Step::Work),
            (None, None) => None,
            (None, Some(fit)) if sharing == 1 => Some(Step::Work(fit.clone())),
            (None, Some(_)) if written => Some(Step::WorkAgain(name.clone())),
            (None, Some(fit)) => {
                written = true;
                Some(Step::SharedWork(fit.clone(), name.clone()))
            }
        };
        work.into_iter().chain(calls(&variant.shape, None, context)).collect()
    };
    vec![choose(variants, steps)]
}

fn choose(variants: &[Variant], mut steps: impl FnMut(&Variant) -> Vec<Step>) -> Step {
    let visits: usize = variants.iter().map(|variant| variant.own.len()).sum();
    let alternative = |variant: &Variant| Alternative {
        weight: variant.own.len() as f64 / visits as f64,
        visits: variant.own.len(),
        steps: steps(variant),
    };
    Step::Choose(variants.iter().map(alternative).collect())
}

/// How many stages all ways begin with, and how many all end with.
fn common(variants: &[Variant]) -> (usize, usize) {
    let first = &variants[0].shape;
    let shortest = variants.iter().map(|variant| variant.shape.len()).min().unwrap_or(0);
    let is_common = |at: &dyn Fn(&Variant) -> Option<Stage>| {
        variants.iter().all(|variant| at(variant) == at(&variants[0]))
    };
    let head = (0..shortest).take_while(|&i| is_common(&|v| v.shape.get(i).cloned())).count();
    let from_end =
        |i: usize, v: &Variant| v.shape.len().checked_sub(i + 1).map(|at| v.shape[at].clone());
    let tail = (0..shortest - head).take_while(|&i| is_common(&|v| from_end(i, v))).count();
    assert!(head + tail <= first.len(), "head and tail do not overlap");
    (head, tail)
}

/// The laws of own time.
struct Laws {
    /// Of the ways that have none of their own.
    shared: Option<Fit>,
    /// By way: its own, if it has one.
    own: Vec<Option<Own>>,
}

/// A law of a way's own; none is no time at all.
struct Own(Option<Fit>);

impl Laws {
    /// The most frequent way is the measure: a way that clearly differs from it has its own law.
    fn of(variants: &[Variant]) -> Self {
        let total: f64 = variants.iter().map(|variant| variant.total_ns).sum();
        let visits: usize = variants.iter().map(|variant| variant.own.len()).sum();
        // What hardly shows in the endpoint's time is not worth a law of its own.
        let material = MATERIAL * total / visits as f64;
        let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
        let usual = &variants[0].own;
        let is_own = |variant: &Variant| {
            variant.own.len() >= OWN_LAW
                && (mean(&variant.own) - mean(usual)).abs() >= material
                && differ(&variant.own, usual)
        };
        let is_own: Vec<bool> = variants.iter().map(is_own).collect();
        let sharing = variants.iter().zip(&is_own).filter(|(_, own)| !**own);
        let shared: Vec<f64> =
            sharing.flat_map(|(variant, _)| variant.own.iter().copied()).collect();
        let own = variants.iter().zip(&is_own);
        let own = own.map(|(variant, own)| own.then(|| Own(fit(&variant.own))));
        Self { shared: fit(&shared), own: own.collect() }
    }
}

/// If the two ways differ by one call that only one of them makes: that way, which stage, how often.
fn sometimes<'a>(a: &'a Variant, b: &'a Variant) -> Option<(&'a Variant, usize, f64)> {
    let (longer, shorter) = if a.shape.len() > b.shape.len() { (a, b) } else { (b, a) };
    if longer.shape.len() != shorter.shape.len() + 1 {
        return None;
    }
    let same = longer.shape.iter().zip(&shorter.shape).take_while(|(a, b)| a == b).count();
    if longer.shape[same + 1..] != shorter.shape[same..] || longer.shape[same].single().is_none() {
        return None;
    }
    let visits = longer.own.len() as f64;
    Some((longer, same, visits / (visits + shorter.own.len() as f64)))
}

/// Steps of the calls; `sometimes` is a stage that is not always taken.
fn calls(shape: &[Stage], sometimes: Option<(usize, f64)>, context: &Context<'_>) -> Vec<Step> {
    let call = |run: &Run, probability: Option<f64>| {
        let optional = context.optional.contains(&(context.endpoint as u32, run.target));
        let target = context.labels.full[run.target as usize].clone();
        if !run.waited {
            return Step::Publish { target, count: run.count, probability };
        }
        Step::Call { target, count: run.count, probability, optional }
    };
    let stage = |(i, stage): (usize, &Stage)| {
        let probability = sometimes.filter(|(at, _)| *at == i).map(|(_, probability)| probability);
        let branches = stage
            .0
            .iter()
            .map(|branch| branch.iter().map(|run| call(run, probability)).collect::<Vec<_>>());
        let mut branches: Vec<Vec<Step>> = branches.filter(|branch| !branch.is_empty()).collect();
        if branches.len() > 1 {
            vec![Step::Parallel(branches)]
        } else {
            branches.pop().unwrap_or_default()
        }
    };
    shape.iter().enumerate().flat_map(stage).collect()
}
