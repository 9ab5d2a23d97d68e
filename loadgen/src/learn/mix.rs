//! Which operations are called, and how that changes over the day.

use std::collections::{BTreeMap, HashMap, HashSet};

use foreshadow_telemetry::Who;

use super::people::{LEAST_PEOPLE, People};
use super::sizes::{SizeCounts, Sizes};
use super::templates::{LEAST_CALLS, Seen, templates};

/// Operations that are told apart at most; the rest are one.
const MOST_OPERATIONS: usize = 2000;
/// Entries of a mix at most, and the least share of one.
const MOST_ENTRIES: usize = 60;
const LEAST_SHARE: f64 = 0.001;
/// Standard deviations by which a share must leave its mean in some hour to be told by the hour.
const CLEAR: f64 = 4.0;
const HOURS: usize = 24;
/// Of fewer requests, those of an operation are few by chance.
const MANY_REQUESTS: f64 = 1000.0;

/// An operation in the mix.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What the recording calls it.
    pub operation: String,
    /// The endpoint that it is, where that is known.
    pub endpoint: Option<String>,
    /// Its share of all requests.
    pub share: f64,
    /// Its share in each hour of the day, where that changes.
    pub by_hour: Option<[f64; HOURS]>,
    /// Sizes of answers, where known.
    pub answer_bytes: Option<Sizes>,
    /// Sizes of requests, where known.
    pub request_bytes: Option<Sizes>,
}

#[derive(Debug, Clone, Default)]
struct Tally {
    by_hour: [u64; HOURS],
    answers: SizeCounts,
    requests: SizeCounts,
    people: People,
}

impl Tally {
    fn calls(&self) -> u64 {
        self.by_hour.iter().sum()
    }

    fn merge(&mut self, other: &Self) {
        for (sum, count) in self.by_hour.iter_mut().zip(other.by_hour) {
            *sum += count;
        }
        self.answers.merge(&other.answers);
        self.requests.merge(&other.requests);
        self.people.merge(other.people);
    }
}

/// Requests by operation and hour of the day.
#[derive(Debug, Default)]
pub(super) struct Mix {
    operations: HashMap<String, usize>,
    tallies: Vec<Tally>,
    /// Beyond those that are told apart.
    others: u64,
    /// The first people, up to as many as it takes to tell what is one person's.
    met: HashSet<Who>,
}

impl Mix {
    /// The number of an operation, to add requests by.
    pub(super) fn operation(&mut self, name: &str) -> Option<usize> {
        if let Some(known) = self.operations.get(name) {
            return Some(*known);
        }
        if self.tallies.len() >= MOST_OPERATIONS {
            return None;
        }
        self.operations.insert(name.to_owned(), self.tallies.len());
        self.tallies.push(Tally::default());
        Some(self.tallies.len() - 1)
    }

    pub(super) fn add(&mut self, operation: Option<usize>, second: i64, count: u64) {
        let Some(operation) = operation else {
            self.others += count;
            return;
        };
        let tally = &mut self.tallies[operation];
        tally.by_hour[(second.rem_euclid(86_400) / 3600) as usize] += count;
    }

    /// Answers and requests of an operation had these sizes.
    pub(super) fn add_sizes(
        &mut self,
        operation: Option<usize>,
        answers: &SizeCounts,
        requests: &SizeCounts,
    ) {
        if let Some(operation) = operation {
            let tally = &mut self.tallies[operation];
            tally.answers.merge(answers);
            tally.requests.merge(requests);
        }
    }

    /// Who asked for an operation.
    pub(super) fn add_people(&mut self, operation: Option<usize>, people: People) {
        if let Some(operation) = operation {
            self.tallies[operation].people.merge(people);
        }
    }

    /// Somebody asked for something.
    pub(super) fn meet(&mut self, who: Who) {
        if self.met.len() < LEAST_PEOPLE {
            self.met.insert(who);
        }
    }

    /// Whether there are so many people that what one alone asks for may be about him.
    pub(super) fn tells_people(&self) -> bool {
        self.met.len() >= LEAST_PEOPLE
    }

    /// Operations by the name that they may be written with, and their numbers; what is one of many of a
    /// kind goes with its kind.
    fn kinds(&self, endpoints: &[(String, String)]) -> BTreeMap<String, (Tally, Vec<usize>)> {
        let mut all: Vec<(&String, usize)> =
            self.operations.iter().map(|(name, at)| (name, *at)).collect();
        all.sort();
        let is_told = self.tells_people();
        let seen: Vec<Seen<'_>> = all
            .iter()
            .map(|(name, at)| {
                let tally = &self.tallies[*at];
                let is_one_persons = is_told && tally.people.is_one();
                Seen { name, calls: tally.calls(), is_one_persons }
            })
            .collect();
        let mut kinds: BTreeMap<String, (Tally, Vec<usize>)> = BTreeMap::new();
        for ((_, at), name) in all.iter().zip(templates(&seen, endpoints)) {
            let (tally, numbers) = kinds.entry(name).or_default();
            tally.merge(&self.tallies[*at]);
            numbers.push(*at);
        }
        kinds
    }

    /// The entries, most called first, and what was left out; `endpoints` says which endpoint an
    /// operation is. The entry that each operation became is written to `places`, by its number.
    pub(super) fn entries(
        &self,
        endpoints: &[(String, String)],
        places: &mut HashMap<usize, usize>,
    ) -> (Vec<Entry>, Option<String>) {
        let mut hours = [0u64; HOURS];
        for tally in &self.tallies {
            for (sum, count) in hours.iter_mut().zip(tally.by_hour) {
                *sum += count;
            }
        }
        let total = (hours.iter().sum::<u64>() + self.others).max(1) as f64;
        let of = |operation: &str| endpoints.iter().find(|(known, _)| known == operation);
        let kinds = self.kinds(endpoints);
        let mut all: Vec<(&String, &(Tally, Vec<usize>))> = kinds.iter().collect();
        all.sort_by_key(|(name, (tally, _))| (std::cmp::Reverse(tally.calls()), *name));
        let (mut entries, mut left) = (Vec::new(), 0.0);
        for (name, (tally, numbers)) in all {
            let share = tally.calls() as f64 / total;
            let endpoint = of(name).map(|(_, endpoint)| endpoint.clone());
            let is_out = endpoint.as_deref() == Some("");
            let is_few = total >= MANY_REQUESTS && tally.calls() < LEAST_CALLS;
            let is_private =
                endpoint.is_none() && (is_few || self.tells_people() && tally.people.is_one());
            if is_out || is_private || entries.len() >= MOST_ENTRIES || share < LEAST_SHARE {
                left += share;
                continue;
            }
            places.extend(numbers.iter().map(|number| (*number, entries.len())));
            entries.push(Entry {
                operation: name.clone(),
                endpoint,
                share,
                by_hour: by_hour(tally, share, &hours),
                answer_bytes: tally.answers.sizes(),
                request_bytes: tally.requests.sizes(),
            });
        }
        left += self.others as f64 / total;
        let fact = (left > 0.0).then(|| {
            format!("left out of the mix: {:.2} % of the requests, rare or as asked", 100.0 * left)
        });
        (entries, fact)
    }
}

/// The share of an operation by hour, where it clearly is not the same all day.
fn by_hour(tally: &Tally, share: f64, hours: &[u64; HOURS]) -> Option<[f64; HOURS]> {
    let mut clear = false;
    let shares = std::array::from_fn(|hour| {
        let all = hours[hour] as f64;
        if all < 1.0 {
            return share;
        }
        let own = tally.by_hour[hour] as f64 / all;
        clear |= (own - share).abs() > CLEAR * (share * (1.0 - share) / all).sqrt() + 0.02 * share;
        own
    });
    clear.then_some(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_by_the_hour_are_told_where_they_change() {
        let mut mix = Mix::default();
        let (home, pay) = (mix.operation("GET /"), mix.operation("POST /pay"));
        for second in 0..86_400 {
            mix.add(home, second, 3);
            mix.add(pay, second, 1);
        }
        let (entries, left) =
            mix.entries(&[("POST /pay".into(), "shop.pay".into())], &mut HashMap::new());
        assert_eq!((entries[0].share, entries[1].share, left), (0.75, 0.25, None));
        assert_eq!(entries[0].by_hour, None);
        assert_eq!(entries[1].endpoint.as_deref(), Some("shop.pay"));
        for second in 3600 * 9..3600 * 12 {
            mix.add(pay, second, 8);
        }
        let mut places = HashMap::new();
        let (entries, _) = mix.entries(&[("GET /".into(), String::new())], &mut places);
        assert_eq!((entries.len(), places), (1, HashMap::from([(1, 0)])));
        let hours = entries[0].by_hour.unwrap();
        assert!((hours[10] - 0.75).abs() < 1e-9 && (hours[13] - 0.25).abs() < 1e-9);
    }
}
