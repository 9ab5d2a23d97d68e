//! The ways of an endpoint to steps.

use std::collections::{BTreeMap, BTreeSet};

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

/// The steps of an endpoint that has these ways.
pub(super) fn steps(variants: &[Variant], context: &Context<'_>) -> Vec<Step> {
    let (shared, own) = laws(variants);
    let has_own = own.iter().any(Option::is_some);
    let mut steps = Vec::new();
    if !has_own {
        steps.extend(shared.clone().map(Step::Work));
    }
    match variants {
        [only] => steps.extend(calls(&only.shape, None, context)),
        [a, b] if !has_own && sometimes(a, b).is_some() => {
            let (longer, skipped, probability) = sometimes(a, b).expect("asked in the guard");
            steps.extend(calls(&longer.shape, Some((skipped, probability)), context));
        }
        several => {
            let visits: usize = several.iter().map(|variant| variant.own.len()).sum();
            let alternative = |(variant, own): (&Variant, &Option<Option<Fit>>)| {
                let work = match own {
                    Some(own) => own.clone(),
                    None if has_own => shared.clone(),
                    None => None,
                };
                let mut steps: Vec<Step> = work.map(Step::Work).into_iter().collect();
                steps.extend(calls(&variant.shape, None, context));
                let weight = variant.own.len() as f64 / visits as f64;
                Alternative { weight, visits: variant.own.len(), steps }
            };
            steps.push(Step::Choose(several.iter().zip(&own).map(alternative).collect()));
        }
    }
    steps
}

/// The law that ways share, and the laws of those that have their own (which may be: no time).
fn laws(variants: &[Variant]) -> (Option<Fit>, Vec<Option<Option<Fit>>>) {
    let all = |but: Option<usize>| -> Vec<f64> {
        let others = variants.iter().enumerate().filter(|(i, _)| Some(*i) != but);
        others.flat_map(|(_, variant)| variant.own.iter().copied()).collect()
    };
    let is_own = |(i, variant): (usize, &Variant)| {
        variants.len() > 1
            && variant.own.len() >= OWN_LAW
            && differ(&variant.own, &all(Some(i)))
    };
    let is_own: Vec<bool> = variants.iter().enumerate().map(is_own).collect();
    let sharing = variants.iter().zip(&is_own).filter(|(_, own)| !**own);
    let shared: Vec<f64> = sharing.flat_map(|(variant, _)| variant.own.iter().copied()).collect();
    let own = variants.iter().zip(&is_own).map(|(variant, own)| own.then(|| fit(&variant.own)));
    (fit(&shared), own.collect())
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

/// Steps of the calls that are waited for; `sometimes` is a stage that is not always taken.
fn calls(shape: &[Stage], sometimes: Option<(usize, f64)>, context: &Context<'_>) -> Vec<Step> {
    let call = |run: &Run, probability: Option<f64>| {
        let optional = context.optional.contains(&(context.endpoint as u32, run.target));
        let target = context.labels.full[run.target as usize].clone();
        Step::Call { target, count: run.count, probability, optional }
    };
    let stage = |(i, stage): (usize, &Stage)| {
        let probability = sometimes.filter(|(at, _)| *at == i).map(|(_, probability)| probability);
        let branches = stage.0.iter().map(|branch| {
            let waited = branch.iter().filter(|run| run.waited);
            waited.map(|run| call(run, probability)).collect::<Vec<_>>()
        });
        let mut branches: Vec<Vec<Step>> = branches.filter(|branch| !branch.is_empty()).collect();
        if branches.len() > 1 { vec![Step::Parallel(branches)] } else { branches.pop().unwrap_or_default() }
    };
    shape.iter().enumerate().flat_map(stage).collect()
}

/// Calls that nobody waits for, and how often per visit.
pub(super) fn asynchronous(variants: &[Variant], labels: &Labels) -> Vec<(String, f64)> {
    let mut counts: BTreeMap<u32, f64> = BTreeMap::new();
    for variant in variants {
        let runs = variant.shape.iter().flat_map(|stage| stage.runs());
        for run in runs.filter(|run| !run.waited) {
            *counts.entry(run.target).or_default() +=
                f64::from(run.count) * variant.own.len() as f64;
        }
    }
    let visits: f64 = variants.iter().map(|variant| variant.own.len() as f64).sum();
    let named = counts.into_iter();
    named.map(|(target, count)| (labels.full[target as usize].clone(), count / visits)).collect()
}
