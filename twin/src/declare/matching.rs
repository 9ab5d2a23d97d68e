//! Which component of the spans a component of a file is.
//!
//! First by the name itself or an alias; then by what is left of it without case, punctuation,
//! namespace, the hash of a pod and a final `service`. A name that could be several is nobody's:
//! it is listed, and what a file says of it is not used.

use std::collections::BTreeSet;

use foreshadow_telemetry::{Facts, service_of_pod};

use crate::model::Component;

/// Names at which components were matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closeness {
    /// Letter by letter.
    Exact,
    /// Without decoration.
    Bare,
}

/// What matches what.
#[derive(Debug, Default)]
pub(super) struct Matching {
    /// (component, component of a file, how near), by the former.
    pub(super) pairs: Vec<(usize, usize, Closeness)>,
    /// Components and those of files that they could all be.
    pub(super) ambiguous: Vec<(Vec<usize>, Vec<usize>)>,
}

/// Matches the components of a twin with those of files.
pub(super) fn matching(components: &[Component], facts: &Facts) -> Matching {
    let namespaces: BTreeSet<String> =
        facts.components.iter().filter_map(|it| it.namespace.as_deref()).map(squeezed).collect();
    let mut matching = Matching::default();
    let (mut open, mut free): (BTreeSet<usize>, BTreeSet<usize>) =
        ((0..components.len()).collect(), (0..facts.components.len()).collect());
    for closeness in [Closeness::Exact, Closeness::Bare] {
        let form = |name: &str| match closeness {
            Closeness::Exact => name.to_owned(),
            Closeness::Bare => bare(name, &namespaces),
        };
        let ours = |i: usize| -> BTreeSet<String> {
            let component = &components[i];
            // The name in the twin is made from that in the spans, which is the one to compare.
            BTreeSet::from([form(component.spans.as_deref().unwrap_or(&component.name))])
        };
        let theirs = |i: usize| -> BTreeSet<String> {
            let fact = &facts.components[i];
            let names = fact.aliases.iter().chain([&fact.name.value]);
            names.map(|name| form(name)).filter(|name| !name.is_empty()).collect()
        };
        let (all_ours, all_theirs): (Vec<_>, Vec<_>) = (
            open.iter().map(|&i| (i, ours(i))).collect(),
            free.iter().map(|&i| (i, theirs(i))).collect(),
        );
        for (i, names) in &all_ours {
            if !open.contains(i) {
                continue;
            }
            let candidates = all_theirs.iter().filter(|(_, other)| !names.is_disjoint(other));
            let candidates: Vec<usize> = candidates.map(|(fact, _)| *fact).collect();
            let rivals = all_ours.iter().filter(|(_, other)| {
                let is_wanted = |fact: &(usize, BTreeSet<String>)| {
                    candidates.contains(&fact.0) && !fact.1.is_disjoint(other)
                };
                all_theirs.iter().any(is_wanted)
            });
            let rivals: Vec<usize> = rivals.map(|(rival, _)| *rival).collect();
            match (candidates.as_slice(), rivals.as_slice()) {
                ([], _) => continue,
                (&[fact], &[_]) => matching.pairs.push((*i, fact, closeness)),
                _ => matching.ambiguous.push((rivals.clone(), candidates.clone())),
            }
            for rival in rivals {
                open.remove(&rival);
            }
            for fact in candidates {
                free.remove(&fact);
            }
        }
    }
    matching.pairs.sort_by_key(|pair| pair.0);
    matching
}

fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What is left of a name: `shop/Cart-Service`, `cart.shop.svc.cluster.local` and
/// `cart-579b9bff58-t2dbm` are `cart`.
pub(crate) fn bare(name: &str, namespaces: &BTreeSet<String>) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split_once(".svc").map_or(name, |(name, _)| name);
    let parts: Vec<&str> = name.split('.').filter(|part| !part.is_empty()).collect();
    let own = parts.iter().filter(|part| parts.len() == 1 || !namespaces.contains(&squeezed(part)));
    let own: Vec<&str> = own.copied().collect();
    let name = if own.is_empty() { parts.join("") } else { own.join("") };
    let name = squeezed(service_of_pod(&name));
    match name.strip_suffix("service").or_else(|| name.strip_suffix("svc")) {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use foreshadow_telemetry::{Fact, Origin};

    use super::*;

    fn fact(name: &str) -> foreshadow_telemetry::Component {
        let origin = Origin { file: "k8s.yaml".into(), line: 1 };
        let (namespace, name) = name.split_once('/').unwrap_or(("", name));
        let mut fact =
            foreshadow_telemetry::Component::new(Fact { value: name.to_owned(), origin });
        fact.namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        fact
    }

    /// Pairs as `ours=theirs`, in order of ours; what is ambiguous as `ours?`.
    #[track_caller]
    fn check(ours: &[&str], theirs: &[&str], expected: &str) {
        let components: Vec<Component> = ours
            .iter()
            .map(|name| Component { name: (*name).to_owned(), ..Component::default() })
            .collect();
        let facts = Facts {
            components: theirs.iter().map(|name| fact(name)).collect(),
            ..Facts::default()
        };
        let found = matching(&components, &facts);
        let pair = |&(i, j, _): &(usize, usize, Closeness)| format!("{}={}", ours[i], theirs[j]);
        let doubt = |(i, _): &(Vec<usize>, Vec<usize>)| {
            i.iter().map(|&i| format!("{}?", ours[i])).collect::<Vec<_>>().join(" ")
        };
        let words: Vec<String> =
            found.pairs.iter().map(pair).chain(found.ambiguous.iter().map(doubt)).collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn names_match_letter_by_letter_first() {
        check(
            &["cart", "cart-service"],
            &["cart-service", "cart"],
            "cart=cart cart-service=cart-service",
        );
        check(&["cart"], &["cart", "cartservice"], "cart=cart");
    }

    #[test]
    fn decoration_does_not_matter() {
        check(&["CartService"], &["cart"], "CartService=cart");
        check(&["shop.cart"], &["shop/cart-service"], "shop.cart=shop/cart-service");
        check(&["cart-579b9bff58-t2dbm"], &["cart"], "cart-579b9bff58-t2dbm=cart");
        check(
            &["cart.shop.svc.cluster.local"],
            &["shop/cart"],
            "cart.shop.svc.cluster.local=shop/cart",
        );
        check(&["service"], &["service"], "service=service");
    }

    #[test]
    fn what_could_be_several_is_nobodys() {
        check(&["cart"], &["cartservice", "cart-service"], "cart?");
        check(&["cart-svc", "cart_service"], &["cart"], "cart-svc? cart_service?");
        check(&["cart"], &["basket"], "");
    }
}
