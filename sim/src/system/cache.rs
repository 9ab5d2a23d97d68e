//! Caches: what a replica keeps of what it has fetched, for one step.
//!
//! By ratio, a cache is a probability: h when warm, h · (1 − e^(−fills done / fills)) after it
//! lost its contents. That is what a cache of many equally popular entries does while it refills.
//! With entries and keys it is a real cache (see [`lru`]), whose hits follow from what is asked
//! for. Which key a request asks for is drawn from its own key, so it is the same when it looks
//! and when it fills, and in every variant of a system.

mod lru;

use crate::plan::{Contents, Identities, Plan};
use crate::program::Program;
use crate::random::{Key, Zipf, exp};
use crate::time::{SimTime, nanos};

use super::station::Station;
use super::{Purpose, System, draw};

use lru::Lru;

/// Past so many times `fills`, e^(−fills done / fills) is below what a ratio can show.
const WARM_AFTER: f64 = 40.0;

/// One cache step, on all replicas of its component.
#[derive(Debug)]
pub(super) struct Site {
    /// The component's first replica.
    first_replica: u32,
    /// One for each replica of the component.
    stores: Vec<Store>,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    Ratio { hit: f64, fills: f64 },
    Lru { law: Zipf, ttl: u64 },
}

/// The contents of one replica's cache.
#[derive(Debug)]
enum Store {
    /// The present probability of a hit; misses completed since it was flushed, infinite if never.
    Ratio {
        hit: f64,
        done: f64,
    },
    Lru(Lru),
}

/// The caches of a plan, warm.
pub(super) fn build(plan: &Plan, program: &Program, stations: &[Station], root: Key) -> Vec<Site> {
    let site = |site: &crate::program::CacheSite| {
        let station = &stations[site.component];
        let identity = Identities::of(&plan.identities.endpoints, site.endpoint);
        let key = draw(root, Purpose::Cache, site.site).with(identity);
        let rule = Rule::new(&site.contents);
        let replicas = u64::from(station.replicas);
        let present = u64::from(station.present);
        let store = |replica| rule.store(&site.contents, key.with(replica), replica < present);
        Site {
            first_replica: station.first_replica,
            stores: (0..replicas).map(store).collect(),
            rule,
        }
    };
    program.caches.iter().map(site).collect()
}

impl Rule {
    fn new(contents: &Contents) -> Self {
        match *contents {
            Contents::Ratio { hit, fills } => Self::Ratio { hit, fills },
            Contents::Lru { keys, exponent, ttl, .. } => {
                Self::Lru { law: Zipf::new(keys, exponent), ttl: ttl.map_or(u64::MAX, nanos) }
            }
        }
    }

    /// The cache of one replica, warm if that is there from the start.
    fn store(&self, contents: &Contents, key: Key, is_warm: bool) -> Store {
        let mut store = match *contents {
            Contents::Ratio { hit, .. } => Store::Ratio { hit, done: f64::INFINITY },
            Contents::Lru { entries, keys, .. } => Store::Lru(Lru::new(entries, keys)),
        };
        match (&mut store, self) {
            _ if !is_warm => self.flush(&mut store),
            (Store::Lru(cache), Self::Lru { law, ttl }) => {
                // The age of what is asked for often is uniform over its time to live.
                let left = |rank: u32| match *ttl {
                    u64::MAX => u64::MAX,
                    ttl => (key.with(u64::from(rank)).unit() * ttl as f64) as u64,
                };
                cache.warm(law, draw(key, Purpose::Cache, 0), left);
            }
            _ => {}
        }
        store
    }

    /// Takes everything out of a cache.
    fn flush(&self, store: &mut Store) {
        match (store, self) {
            (Store::Ratio { hit, done }, Self::Ratio { fills, .. }) if *fills > 0.0 => {
                (*hit, *done) = (0.0, 0.0);
            }
            (Store::Lru(cache), _) => cache.clear(),
            // One that is warm at once has nothing to lose.
            (Store::Ratio { .. }, _) => {}
        }
    }
}

impl Site {
    /// Whether a request finds what it asks for; `is_hot` says that it is what all ask for.
    #[inline]
    pub(super) fn look(&mut self, replica: u32, key: Key, is_hot: bool, now: SimTime) -> bool {
        match (&mut self.stores[(replica - self.first_replica) as usize], &self.rule) {
            (Store::Ratio { hit, .. }, _) => key.unit() < *hit,
            (Store::Lru(cache), Rule::Lru { law, .. }) => {
                cache.look(rank(law, key, is_hot), now.as_nanos())
            }
            (Store::Lru(_), Rule::Ratio { .. }) => unreachable!("a store is of its rule's kind"),
        }
    }

    /// What a request missed has been fetched.
    #[inline]
    pub(super) fn fill(&mut self, replica: u32, key: Key, is_hot: bool, now: SimTime) {
        match (&mut self.stores[(replica - self.first_replica) as usize], &self.rule) {
            (Store::Ratio { hit, done }, Rule::Ratio { hit: warm, fills }) => {
                if done.is_finite() {
                    *done += 1.0;
                    *hit = warm * (1.0 - exp(-*done / fills));
                    if *done > WARM_AFTER * fills {
                        (*hit, *done) = (*warm, f64::INFINITY);
                    }
                }
            }
            (Store::Lru(cache), Rule::Lru { law, ttl }) => {
                cache.fill(rank(law, key, is_hot), now.as_nanos().saturating_add(*ttl));
            }
            _ => unreachable!("a store is of its rule's kind"),
        }
    }
}

/// The popularity of the key that a request asks for, 0 the most.
#[inline]
fn rank(law: &Zipf, key: Key, is_hot: bool) -> u32 {
    if is_hot { 0 } else { law.sample(key) }
}

impl System<'_> {
    /// All caches of a replica lose their contents.
    pub(super) fn flush_caches(&mut self, replica: u32) {
        for site in &mut self.caches {
            let store = replica.checked_sub(site.first_replica);
            if let Some(store) = store.and_then(|index| site.stores.get_mut(index as usize)) {
                site.rule.flush(store);
            }
        }
    }
}
