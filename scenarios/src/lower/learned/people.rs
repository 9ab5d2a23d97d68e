//! People who go through the sessions of a load file.

use std::sync::Arc;
use std::time::Duration;

use foreshadow_sim::plan::{self, Arrivals, Call, Curve, Leaving, OnFailure, Step};

use super::{Followed, Stretch, burst};
use crate::Spanned;
use crate::learned::{Chain, LearnedLoad, Nanos};
use crate::lower::Lowering;
use crate::model::load::{self, LearnedForm};
use crate::problem::Problem;
use crate::units;

/// People who are followed before a run at most: each is, in every replication.
const MOST_BEFORE: f64 = 2e6;

impl Lowering {
    /// The sessions that requests come from, if they are to.
    pub(super) fn chain(&mut self, load: &load::Load, learned: &LearnedLoad) -> Option<Chain> {
        let form = load.form.as_ref();
        if let Some(form) = form.filter(|form| form.value == LearnedForm::Sessions)
            && learned.chain.is_none()
        {
            let message = "this load file has no sessions";
            let help = "learn it from a recording that tells who asked, or leave out `as`";
            self.problem(Problem::at(form.span, message).help(help));
        }
        let is_wanted = form.is_some_and(|form| form.value == LearnedForm::Sessions);
        learned.chain.clone().filter(|_| is_wanted)
    }

    /// People who go through the sessions of a file: as many come as make the requests of its entries.
    /// Returns how many loads that is.
    pub(super) fn people_of(
        &mut self,
        name: &Spanned<String>,
        learned: &LearnedLoad,
        stretch: &Stretch,
        (chain, walked): (&Chain, Vec<Followed>),
        leaving: &Leaving,
    ) -> usize {
        let Some(curve) = beginnings(learned, stretch, chain) else {
            let message = "this load is not known all the way: its history has a gap here";
            let help = "choose another time, drive it by a forecast, or leave out `as: sessions`";
            self.problem(Problem::at(name.span, message).help(help));
            return 0;
        };
        if curve.0.iter().all(|point| point.1 <= 0.0) {
            return 0;
        }
        if !self.can_be_followed(name, &curve, chain) {
            return 0;
        }
        let call = |entry: &usize| {
            let endpoint = walked.iter().find(|(known, ..)| known == entry)?.1;
            Some(Step::Call(Call { on_failure: OnFailure::Continue, ..Call::new(endpoint, None) }))
        };
        let Some(session) = chain.entries.iter().map(call).collect() else { return 0 };
        let bursts = learned.file.sessions.as_ref().and_then(|sessions| sessions.bursts.as_deref());
        let arrivals = match bursts.and_then(|bursts| burst(&name.value, bursts, &curve)) {
            Some(bursts) => Arrivals::Bursty(curve, bursts),
            None => Arrivals::Poisson(curve),
        };
        let walk = Some(Arc::new(chain.walk.clone()));
        let leaving = leaving.clone();
        self.plan.loads.push(plan::Load::Sessions { arrivals, session, walk, leaving });
        self.names.loads.push(name.value.clone());
        1
    }

    /// Whether those who come before the run, to be there at its beginning, are so few that it can begin.
    fn can_be_followed(&mut self, name: &Spanned<String>, curve: &Curve, chain: &Chain) -> bool {
        let rate = curve.0.first().map_or(0.0, |point| point.1);
        let before = rate * chain.walk.lead.as_secs_f64();
        if before <= MOST_BEFORE {
            return true;
        }
        let message = format!(
            "{:.1} million people would have to be followed over the {} before this run, to know who is \
             there at its beginning; the most is {:.0} million",
            before / 1e6,
            units::show(Duration::from_secs(chain.walk.lead.as_secs())),
            MOST_BEFORE / 1e6
        );
        let help = "leave out `as: sessions`, lower `scale`, or shorten the longest pauses (`think`) of \
                    the load file";
        self.problem(Problem::at(name.span, message).help(help));
        false
    }
}

/// How many sessions begin over a stretch: as many as make the requests of the chain's entries. A request
/// comes later than its session, so the curve is earlier by as much in the mean; none where the history
/// does not know it.
fn beginnings(learned: &LearnedLoad, stretch: &Stretch, chain: &Chain) -> Option<Curve> {
    let age = chain.age_ns as Nanos;
    let last = learned.reach(stretch.from_forecast)?.1;
    let clip = |at: Nanos| at.saturating_add(age).min(last);
    let bends = learned.bends(stretch.begin, clip(stretch.zero), clip(stretch.end));
    let point = |&at: &Nanos| {
        let rate =
            |entry: &usize| learned.rate(stretch.from_forecast, at, stretch.quantile, *entry);
        let rate: f64 = chain.entries.iter().map(rate).sum::<Option<f64>>()?;
        let since = u64::try_from(at - age - stretch.zero).unwrap_or(0);
        Some((Duration::from_nanos(since), stretch.scale * rate / chain.requests))
    };
    bends.iter().map(point).collect::<Option<Vec<_>>>().map(Curve)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Two requests a session, left with 1/2 after each: who is there has been there for two pauses in the
    /// mean, and people come for eight times that before the run.
    #[track_caller]
    fn check(rate: f64, think: &str, refused: Option<&str>) {
        let load_file = format!(
            "foreshadow: load/v1\nname: shop\nbin: 1h\n\
             history: {{start: 2026-11-01T00:00:00Z, per_s: [{rate}, {rate}, {rate}]}}\n\
             mix: [{{endpoint: web.home, share: 100%}}]\nsessions:\n  \
             start: [{{to: web.home, share: 100%}}]\n  \
             after: [{{endpoint: web.home, think: {{exponential: {{mean: {think}}}}}, leaves: 50%, next: [{{to: web.home, share: 50%}}]}}]\n"
        );
        let read = |path: &Path| match path.to_str() {
            Some("t.yaml") => Ok(String::from(
                "{foreshadow: twin/v1, name: a, components: {web: {endpoints: {home: {steps: [{work: 1ms}]}}}}}",
            )),
            Some("s.yaml") => Ok(String::from(
                "{foreshadow: scenario/v1, name: b, twin: t.yaml, run: {horizon: 30m}, load: {learned: \
                 {file: l.yaml, at: '2026-11-01T01:00:00Z', as: sessions}}}",
            )),
            _ => Ok(load_file.clone()),
        };
        let scenario = crate::load_scenario(Path::new("s.yaml"), &[], &read).unwrap();
        let found = crate::lower(&scenario).err().map(|problems| problems.to_string());
        match refused {
            None => assert_eq!(found, None),
            Some(part) => assert!(found.as_ref().is_some_and(|f| f.contains(part)), "{found:?}"),
        }
    }

    #[test]
    fn too_many_people_before_a_run_are_refused() {
        check(1000.0, "1m", None);
        check(1000.0, "1h", Some("million people would have to be followed"));
    }
}
