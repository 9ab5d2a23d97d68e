//! Paths of many kinds as paths of few: where one place of a path has many different names, they name
//! things or people, not operations, so `{}` stands for them.

use std::collections::HashMap;

/// Names in one place of a path beyond which they are of things or people.
const MOST_NAMES: usize = 50;
/// Requests that an operation has at least, to be named.
pub(super) const LEAST_CALLS: u64 = 20;
/// Share of the requests of its place that makes a name an operation among things.
const LARGE: f64 = 0.02;
/// Stands for names of things.
const ANY: &str = "{}";

/// An operation that was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'n> {
    pub(super) name: &'n str,
    pub(super) calls: u64,
    /// Whether one person alone asked for it, among many who did not.
    pub(super) is_one_persons: bool,
}

/// What was counted of a name in its place.
#[derive(Debug, Default)]
struct Place {
    calls: u64,
    is_several_peoples: bool,
}

/// The name of each operation without what names things or people: of more than [`MOST_NAMES`] in one
/// place those remain that are called often and by several people, and those in `endpoints`.
pub(super) fn templates(seen: &[Seen<'_>], endpoints: &[(String, String)]) -> Vec<String> {
    let mut paths: Vec<Vec<&str>> =
        seen.iter().map(|seen| seen.name.split('/').collect()).collect();
    let is_named = |name: &str| endpoints.iter().any(|(known, _)| known == name);
    let named: Vec<bool> = seen.iter().map(|seen| is_named(seen.name)).collect();
    let deepest = paths.iter().map(Vec::len).max().unwrap_or(0);
    // What stands before the first slash is the method and the host.
    for depth in 1..deepest {
        let mut places: HashMap<&[&str], HashMap<&str, Place>> = HashMap::new();
        for (path, seen) in paths.iter().zip(seen).filter(|(path, _)| path.len() > depth) {
            let place = places.entry(&path[..depth]).or_default().entry(path[depth]).or_default();
            place.calls += seen.calls;
            place.is_several_peoples |= !seen.is_one_persons;
        }
        let is_thing = |path: &Vec<&str>| {
            let Some(names) = path.get(depth).map(|_| &places[&path[..depth]]) else {
                return false;
            };
            let all = names.values().map(|place| place.calls).sum::<u64>() as f64;
            let own = &names[path[depth]];
            let is_large = own.calls >= LEAST_CALLS && own.calls as f64 >= LARGE * all;
            names.len() > MOST_NAMES && !(is_large && own.is_several_peoples)
        };
        let things: Vec<bool> = paths.iter().map(is_thing).collect();
        for ((path, _), _) in paths
            .iter_mut()
            .zip(things)
            .zip(&named)
            .filter(|((_, thing), named)| *thing && !**named)
        {
            path[depth] = ANY;
        }
    }
    paths.into_iter().map(|path| path.join("/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seen: &[(String, u64, bool)], expected: &[(&str, usize)]) {
        let seen: Vec<Seen<'_>> = seen
            .iter()
            .map(|(name, calls, one)| Seen { name, calls: *calls, is_one_persons: *one })
            .collect();
        let found = templates(&seen, &[(String::from("GET /u/n7/inbox"), String::new())]);
        for (name, count) in expected {
            assert_eq!(found.iter().filter(|found| found == name).count(), *count, "{name}");
        }
        assert_eq!(expected.iter().map(|(_, count)| count).sum::<usize>(), found.len());
    }

    fn names(count: usize, before: &str, behind: &str) -> Vec<(String, u64, bool)> {
        let letters = |i: usize| format!("{before}n{i}{behind}");
        (0..count).map(|i| (letters(i), 30, false)).collect()
    }

    #[test]
    fn many_names_in_one_place_are_things() {
        check(&names(60, "GET /u/", ""), &[("GET /u/{}", 60)]);
        check(&names(60, "GET /u/", "/inbox"), &[("GET /u/{}/inbox", 59), ("GET /u/n7/inbox", 1)]);
        let few = names(50, "GET /u/", "");
        let as_they_are: Vec<(&str, usize)> = few.iter().map(|(name, ..)| (&**name, 1)).collect();
        check(&few, &as_they_are);
    }

    /// Scanners ask for many paths at the root; what several people ask for often is no thing.
    #[test]
    fn an_operation_stays_among_things() {
        let mut seen = names(100, "GET /", "");
        seen.push((String::from("GET /cart"), 900, false));
        seen.push((String::from("GET /anna"), 900, true));
        check(&seen, &[("GET /{}", 101), ("GET /cart", 1)]);
    }
}
