//! Cache steps.

use foreshadow_sim::plan::{Cache, ComponentId, Contents, MAX_ENTRIES, Step};

use super::Lowering;
use crate::Spanned;
use crate::model::step::{self, Keys};
use crate::problem::Problem;

impl Lowering {
    /// A cache of the replicas of `component`, with the steps of a miss lowered already.
    pub(super) fn cache(
        &mut self,
        component: ComponentId,
        cache: &Spanned<step::Cache>,
        miss: Vec<Step>,
    ) -> Option<Step> {
        let contents = match (&cache.hit, &cache.entries) {
            (Some(_), Some(entries)) => {
                let message = "a cache has either a `hit` ratio or `entries`";
                self.problem(Problem::at(entries.span, message).help("remove one of the two"));
                return None;
            }
            (None, None) => {
                self.problem(
                    Problem::at(cache.span, "this cache holds nothing")
                        .help("expected `hit` (and `fills`), or `entries` and `keys`"),
                );
                return None;
            }
            (Some(hit), None) => self.ratio(cache, hit.value.0),
            (None, Some(entries)) => self.entries(component, cache, entries.value.0)?,
        };
        Some(Step::Cache(Cache { contents, miss }))
    }

    /// A cache by its hit ratio.
    fn ratio(&mut self, cache: &step::Cache, hit: f64) -> Contents {
        let stray = [
            cache.keys.as_ref().map(|keys| (keys.span, "keys")),
            cache.ttl.as_ref().map(|ttl| (ttl.span, "ttl")),
        ];
        self.stray(stray.into_iter().flatten().collect(), "entries");
        let fills = cache.fills.as_ref().map_or(0.0, |fills| f64::from(fills.value.0));
        Contents::Ratio { hit, fills }
    }

    /// A cache of so many entries on each replica.
    fn entries(
        &mut self,
        component: ComponentId,
        cache: &Spanned<step::Cache>,
        entries: u32,
    ) -> Option<Contents> {
        let fills = cache.fills.as_ref().map(|fills| (fills.span, "fills"));
        self.stray(fills.into_iter().collect(), "hit");
        let Some(keys) = &cache.keys else {
            self.problem(
                Problem::at(cache.span, "a cache with `entries` needs `keys`: what is asked for")
                    .help("for instance `keys: {zipf: {n: 1M, s: 0.9}}`"),
            );
            return None;
        };
        let Keys::Zipf(zipf) = &keys.value;
        let (n, exponent) = (zipf.n.value.0, zipf.s.value.0);
        let replicas = self.plan.components[component].most_replicas();
        let all = u64::from(entries.min(n)) * u64::from(replicas);
        let place = cache.entries.as_ref().map_or(cache.span, |entries| entries.span);
        let wrong = if entries == 0 {
            Some(Problem::at(place, "expected at least one entry").help("remove the cache"))
        } else if n == 0 {
            Some(Problem::at(zipf.n.span, "expected at least one key"))
        } else if exponent < 0.0 || !exponent.is_finite() {
            Some(Problem::at(zipf.s.span, "expected an exponent of at least 0"))
        } else if cache.ttl.as_ref().is_some_and(|ttl| ttl.value.0.is_zero()) {
            let place = cache.ttl.as_ref().map_or(place, |ttl| ttl.span);
            Some(Problem::at(place, "expected a time to live above 0").help("remove the cache"))
        } else if all > MAX_ENTRIES {
            let message = format!("{all} entries on {replicas} replicas, more than {MAX_ENTRIES}");
            let help = "a cache of this size is better given by its `hit` ratio and `fills`";
            Some(Problem::at(place, message).help(help))
        } else {
            None
        };
        if let Some(problem) = wrong {
            self.problem(problem);
            return None;
        }
        let ttl = cache.ttl.as_ref().map(|ttl| ttl.value.0);
        Some(Contents::Lru { entries, keys: n, exponent, ttl })
    }

    /// Keys that belong to the other kind of cache.
    fn stray(&mut self, keys: Vec<(crate::source::Span, &str)>, other: &str) {
        for (span, key) in keys {
            let message = format!("`{key}` belongs to a cache with `{other}`");
            self.problem(Problem::at(span, message).help("remove this key"));
        }
    }
}
