//! The section `sessions` of a load file.

use super::Found;
use super::pauses::Pauses;
use crate::learn::Entry;
use crate::learn::write::{duration, number, quoted, share, wavers};

/// Of what follows an entry, shares below this are left out.
const LEAST_SHARE: f64 = 0.001;

pub(in crate::learn) fn yaml(found: &Found, mix: &[Entry]) -> String {
    let (mean, low, high) = found.requests;
    let counts = &found.counts;
    let mut text = format!(
        "sessions:                               # in a scenario, used by `as: sessions`\n  seen: {}\n  \
         requests: {{mean: {}, low: {}, high: {}}}\n  gap: {}\n  from: {}\n",
        found.seen,
        number(mean),
        number(low),
        number(high),
        duration(found.gap.as_secs_f64()),
        if found.is_from_answers { "answer" } else { "request" }
    );
    let held_out = &found.held_out;
    text += &format!(
        "  held_out: {{lengths: {}, pairs: {}, noise: {{lengths: {}, pairs: {}}}, reliable: {}}}\n",
        share(held_out.chain.lengths),
        share(held_out.chain.pairs),
        share(held_out.noise.lengths),
        share(held_out.noise.pairs),
        held_out.is_reliable()
    );
    text += &format!(
        "  start: [{}]\n",
        ways(&counts.start, counts.start.iter().sum(), LEAST_SHARE, mix).1
    );
    if let Some(all) = &found.think {
        text += &format!("  think: {}\n", law(all));
    }
    text += "  after:\n";
    for (entry, of) in mix.iter().enumerate().filter(|(entry, _)| counts.visits(*entry) > 0.0) {
        let visits = counts.visits(entry);
        // What is too rare to be written goes where the others go, unless it is the only way out.
        let least = if counts.leaves[entry] > 0.0 { LEAST_SHARE } else { 0.0 };
        let (rest, next) = ways(&counts.next[entry], visits, least, mix);
        let leaves = counts.leaves[entry] / visits / (1.0 - rest);
        text += &format!("    - {{endpoint: {}, leaves: {}", quoted(&of.operation), share(leaves));
        if let Some(own) = &found.own_think[entry] {
            text += &format!(", think: {}", law(own));
        }
        text += &format!(", next: [{next}]}}\n");
    }
    if let Some((step, parts)) = &found.bursts {
        text +=
            &format!("  bursts:\n    step: {}\n{}", duration(*step as f64), wavers(parts, "    "));
    }
    text
}

/// The share of what is rarer than `least`, and where people go on, most first, of `all`.
fn ways(counts: &[f64], all: f64, least: f64, mix: &[Entry]) -> (f64, String) {
    let is_rare = |count: f64| count <= 0.0 || count / all < least;
    let rest: f64 = counts.iter().filter(|count| is_rare(**count)).sum::<f64>() / all;
    let mut order: Vec<usize> =
        (0..counts.len()).filter(|&entry| !is_rare(counts[entry])).collect();
    order.sort_by(|&a, &b| counts[b].total_cmp(&counts[a]));
    let way = |entry: &usize| {
        let part = counts[*entry] / all / (1.0 - rest);
        format!("{{to: {}, share: {}}}", quoted(&mix[*entry].operation), share(part))
    };
    (rest, order.iter().map(way).collect::<Vec<_>>().join(", "))
}

fn law(pauses: &Pauses) -> String {
    if pauses.others.is_empty() {
        return String::from("0s");
    }
    let times: Vec<String> = pauses.others.iter().map(|time| duration(*time)).collect();
    let others = format!("{{empirical: {{quantiles: [{}]}}}}", times.join(", "));
    if pauses.none == 0.0 {
        return others;
    }
    let (none, rest) = (number(pauses.none), number(1.0 - pauses.none));
    format!("{{mixture: [{{weight: {none}, of: 0s}}, {{weight: {rest}, of: {others}}}]}}")
}
