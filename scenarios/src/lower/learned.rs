//! The load named `learned`: all endpoints at once, from a load file.

mod people;

use std::sync::Arc;
use std::time::Duration;

use foreshadow_sim::plan::{self, Arrivals, Bursts, Curve, Leaving, Waver};

use super::{Lowering, identity};
use crate::Spanned;
use crate::learned::{LearnedLoad, Nanos, instant};
use crate::model::load;
use crate::model::load_file::LoadBursts;
use crate::problem::Problem;
use crate::source::Span;
use crate::units;

/// A stretch of a learned load that is simulated.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from_forecast: bool,
    quantile: f64,
    scale: f64,
    /// Beginning of the bins that it is of.
    begin: Nanos,
    /// t = 0.
    zero: Nanos,
    /// End of the curves.
    end: Nanos,
}

impl Lowering {
    /// Lowers the load named `learned`: people who go through its sessions, and a load for each endpoint
    /// of its mix that is in no session; without sessions all waver together. Returns how many loads there are.
    pub(super) fn learned(&mut self, name: &Spanned<String>, load: &load::Load) -> usize {
        self.not_of_learned(name, load);
        // Read with the scenario, unless the file was not named.
        let Some(learned) = self.learned.clone() else { return 0 };
        let Some(stretch) = self.stretch(name, load, &learned) else { return 0 };
        let chain = self.chain(load, &learned);
        let patience = self.law_above_zero("patience", load.patience.as_ref());
        let leaving = Leaving { patience, cancels: load.cancels.unwrap_or(false) };
        let bends = learned.bends(stretch.begin, stretch.zero, stretch.end);
        let mut curves = Vec::new();
        for entry in 0..learned.file.mix.len() {
            let Some(endpoint) = self.called(&learned, entry) else { continue };
            let Some(curve) = curve(&learned, &stretch, entry, &bends) else {
                let message = "this load is not known all the way: its history has a gap here";
                let help = "choose another time, or drive it by a forecast";
                self.problem(Problem::at(name.span, message).help(help));
                return 0;
            };
            if self.plan_has(endpoint) {
                let other = learned.endpoint(entry);
                let message = format!("`{other}` has a load beside the learned one");
                let help = "remove one of them, or its entry from the mix of the load file";
                self.problem(Problem::at(learned.file.mix[entry].span, message).help(help));
            }
            curves.push((entry, endpoint, curve));
        }
        let mut count = 0;
        if let Some(chain) = &chain {
            let walked = curves.extract_if(.., |curve| chain.entries.contains(&curve.0)).collect();
            count += self.people_of(name, &learned, &stretch, (chain, walked), &leaving);
        }
        // Bursts of the file are those of all requests: what people do is in their sessions' own.
        let bursts = learned.file.bursts.as_deref().filter(|_| chain.is_none());
        let bursts = bursts.and_then(|bursts| burst(&name.value, bursts, &total(&curves)?));
        for (entry, endpoint, curve) in curves {
            if curve.0.iter().all(|point| point.1 <= 0.0) {
                continue; // Nobody calls it at this time of the day.
            }
            let arrivals = match &bursts {
                Some(bursts) => Arrivals::Bursty(curve, Arc::clone(bursts)),
                None => Arrivals::Poisson(curve),
            };
            self.plan.loads.push(plan::Load::Open { endpoint, arrivals, leaving: leaving.clone() });
            self.names.loads.push(learned.endpoint(entry).to_owned());
            count += 1;
        }
        if count == 0 && self.problems.is_empty() {
            let message = "nobody comes at this time of the learned load";
            self.problem(Problem::at(name.span, message).help("choose another time in `at`"));
        }
        count
    }

    fn not_of_learned(&mut self, name: &Spanned<String>, load: &load::Load) {
        let others = load.timings().count() > 0 || load.closed.is_some() || load.session.is_some();
        if others || load.arrivals.is_some() || load.worth.is_some() {
            let message = "the load named `learned` comes from its file alone";
            self.problem(Problem::at(name.span, message).help(
                "keep `file`, `at`, `quantile`, `scale`, `events`, `as`, `patience`, `cancels`",
            ));
        }
        if load.file.is_none() {
            let message = "the load named `learned` names no file";
            let help = "add `file: shop.load.yaml`, written by `foreshadow learn`";
            self.problem(Problem::at(name.span, message).help(help));
        }
    }

    fn called(&mut self, learned: &LearnedLoad, entry: usize) -> Option<plan::EndpointId> {
        let of = &learned.file.mix[entry];
        let name = of.endpoint.as_ref().or(of.operation.as_ref())?;
        match self.index.endpoint(name) {
            Ok(endpoint) => Some(endpoint),
            Err(problem) if of.endpoint.is_some() => {
                self.problem(problem);
                None
            }
            Err(_) => {
                let message = format!("`{}` is no endpoint of the twin", name.value);
                self.problem(Problem::at(name.span, message).help(
                    "say which it is with `endpoint: component.endpoint` in this entry, or remove \
                     the entry to leave these requests out",
                ));
                None
            }
        }
    }

    fn plan_has(&self, endpoint: plan::EndpointId) -> bool {
        let of = |load: &plan::Load| matches!(load, plan::Load::Open { endpoint: e, .. } if *e == endpoint);
        self.plan.loads.iter().any(of)
    }

    /// What part of the load is simulated.
    fn stretch(
        &mut self,
        name: &Spanned<String>,
        load: &load::Load,
        learned: &LearnedLoad,
    ) -> Option<Stretch> {
        let scale = load.scale.as_ref().map_or(1.0, |scale| scale.value.0);
        if let Some(scale) = load.scale.as_ref().filter(|scale| scale.value.0 <= 0.0) {
            self.problem(Problem::at(scale.span, "expected a scale above 0"));
            return None;
        }
        let given = match load.at.as_ref().filter(|at| at.value != "peak") {
            Some(at) => {
                let help = "expected `peak`, or a timestamp such as `2026-11-27T18:00:00Z`";
                let found = instant(at).map_err(|problem| problem.help(help));
                Some(self.note(found)?)
            }
            None => None,
        };
        let forecast = learned.reach(true);
        let within = |reach: Option<(Nanos, Nanos)>, at| {
            reach.is_some_and(|(from, to)| (from..to).contains(&at))
        };
        // A time in neither is one that the forecast does not reach.
        let is_past = |at| within(learned.reach(false), at) && !within(forecast, at);
        let from_forecast = forecast.is_some() && !given.is_some_and(is_past);
        let quantile = self.quantile(load, from_forecast, given.is_some())?;
        let (begin, end) = learned.reach(from_forecast)?;
        let stretch = Stretch { from_forecast, quantile, scale, begin, zero: begin, end };
        let place = load.at.as_ref().map_or(name.span, |at| at.span);
        self.zero(place, given, stretch, learned)
    }

    /// The quantile that is asked for; refused, as events are, where there is no forecast.
    fn quantile(&mut self, load: &load::Load, from_forecast: bool, is_timed: bool) -> Option<f64> {
        let quantile = load.quantile.as_ref();
        if let Some(outside) = quantile.filter(|q| !(0.01..=0.99).contains(&q.value.0)) {
            let message = "expected a quantile from 1% to 99%";
            let help = "the past of this load does not tell what is rarer";
            self.problem(Problem::at(outside.span, message).help(help));
            return None;
        }
        let of_past = [
            (quantile.map(|q| q.span), "knows no quantiles"),
            (load.events.as_ref().map(|events| events.span), "is not changed by events"),
        ];
        for (place, what) in of_past.into_iter().filter(|_| !from_forecast) {
            let Some(place) = place else { continue };
            let why = if is_timed { "this time is not in" } else { "this load file has not" };
            let message = format!("what has been {what}, and {why} a forecast");
            let help = "write one with `foreshadow forecast LOAD --horizon 14d -o LOAD`";
            self.problem(Problem::at(place, message).help(help));
            return None;
        }
        Some(quantile.map_or(0.5, |quantile| quantile.value.0))
    }

    /// The stretch with its beginning and end, of the reach that it is given with.
    fn zero(
        &mut self,
        place: Span,
        given: Option<Nanos>,
        stretch: Stretch,
        learned: &LearnedLoad,
    ) -> Option<Stretch> {
        let length = |d: Duration| Nanos::try_from(d.as_nanos()).unwrap_or(Nanos::MAX / 4);
        let run = &self.plan.run;
        let (horizon, after) = (length(run.horizon), length(run.drain));
        let shown = units::show(run.horizon);
        let Stretch { begin, end, from_forecast, .. } = stretch;
        let last = end - horizon;
        if last < begin || given.is_some_and(|at| !(begin..=last).contains(&at)) {
            let what = if from_forecast { "forecast" } else { "history" };
            let message = format!(
                "the {what} of this load is from {} to {}, and {shown} are to be simulated",
                timestamp(begin),
                timestamp(end),
            );
            let help = "choose another time in `at`, shorten `run.horizon`, or forecast further \
                        with `foreshadow forecast LOAD --horizon 14d -o LOAD`";
            self.problem(Problem::at(place, message).help(help));
            return None;
        }
        let zero = given.unwrap_or_else(|| peak(learned, &stretch, horizon));
        Some(Stretch { zero, end: (zero + horizon + after).min(end), ..stretch })
    }
}

/// Where the horizon lies in the midst of the bin with the highest rate.
fn peak(learned: &LearnedLoad, stretch: &Stretch, horizon: Nanos) -> Nanos {
    let bins = (stretch.end - stretch.begin) / learned.bin;
    let middle = |bin: Nanos| stretch.begin + bin * learned.bin + learned.bin / 2;
    let all = |bin: Nanos| {
        let entries = 0..learned.file.mix.len();
        let rate =
            |entry| learned.rate(stretch.from_forecast, middle(bin), stretch.quantile, entry);
        entries.filter_map(rate).sum::<f64>()
    };
    let highest = (0..bins).max_by(|&a, &b| all(a).total_cmp(&all(b))).unwrap_or(0);
    (middle(highest) - horizon / 2).clamp(stretch.begin, stretch.end - horizon)
}

/// The rate of one entry of the mix over a stretch; none where the history does not know it.
fn curve(learned: &LearnedLoad, stretch: &Stretch, entry: usize, bends: &[Nanos]) -> Option<Curve> {
    let point = |&at: &Nanos| {
        let rate = learned.rate(stretch.from_forecast, at, stretch.quantile, entry)?;
        let since = u64::try_from(at - stretch.zero).unwrap_or(0);
        Some((Duration::from_nanos(since), stretch.scale * rate))
    };
    bends.iter().map(point).collect::<Option<Vec<_>>>().map(Curve)
}

/// An entry of the mix, the endpoint that it is, and its rate.
type Followed = (usize, plan::EndpointId, Curve);

/// The sum of curves that have the same points.
fn total(curves: &[Followed]) -> Option<Curve> {
    let mut total = curves.first()?.2.clone();
    for (_, _, curve) in &curves[1..] {
        for (sum, point) in total.0.iter_mut().zip(&curve.0) {
            sum.1 += point.1;
        }
    }
    Some(total)
}

/// The bursts of a load file around a curve.
fn burst(name: &str, bursts: &LoadBursts, total: &Curve) -> Option<Arc<Bursts>> {
    if bursts.wavers.is_empty() {
        return None;
    }
    let variance =
        |number: &Option<crate::model::scalar::Number>| number.as_ref().map_or(0.0, |n| n.0);
    let wavers = bursts.wavers.iter().map(|waver| Waver {
        over: waver.over.0,
        shared: variance(&waver.shared),
        own_per_s: variance(&waver.own),
    });
    Some(Arc::new(Bursts {
        identity: identity(name, 0),
        step: bursts.step.value.0,
        total: total.clone(),
        wavers: wavers.collect(),
    }))
}

fn timestamp(nanos: Nanos) -> String {
    let at = jiff::Timestamp::from_nanosecond(i128::from(nanos));
    at.map_or_else(|_| String::from("the beginning"), |at| at.to_string())
}
