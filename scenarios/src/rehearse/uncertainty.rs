//! What it means for a prediction that parameters are known only within an interval.
//!
//! Every value whose origin has a `low` and a `high` is drawn anew in each of 39 blocks: uniform in
//! its logarithm where both ends are above 0, else uniform; an end that is `unlimited` counts as ten
//! times the value. A block runs the first few replications of the rehearsal, over the very same
//! arrivals and demands, so what it differs by is the parameters' part. The least and the greatest
//! of 39 differences hold a fortieth with 95 % (38/40), whatever their law.
//!
//! Both parts are independent; the interval of each prediction becomes as wide as both together,
//! half-widths added in squares on each side.

use std::sync::atomic::Ordering;

use foreshadow_sim::Simulation;
use foreshadow_sim::random::Key;

use super::{Error, Run, Settings, Variant, extend, trouble, warm_up};
use crate::lower::lower;
use crate::node::{Node, Value};
use crate::report::{self, Context, Number, Part, Report, Uncertainty};
use crate::scenario::{Assumption, Scenario};
use crate::units;

/// Blocks: the least and greatest of 39 hold a fortieth with 38/40.
const BLOCKS: u32 = 39;
/// Replications of a block, at most.
const REPLICATIONS: u32 = 5;
/// What an unlimited end counts as, times the value.
const UNLIMITED: f64 = 10.0;

/// A prediction, as (endpoint, measure, value).
type Predicted = (String, &'static str, Option<f64>);

/// Widens the intervals of `report`, which is of `variant`, by what its twin's parameters are not
/// known by.
///
/// # Errors
/// As [`super::rehearse`]; [`Error::Interrupted`] when stopped, the report is then as it was.
pub fn widen(report: &mut Report, variant: &Variant, settings: &Settings<'_>) -> Result<(), Error> {
    let scenario = &variant.scenario;
    let ranges: Vec<(Assumption, Range)> = scenario
        .ranges()
        .into_iter()
        .filter_map(|range| Some((range.clone(), Range::of(&range)?)))
        .collect();
    let replications = (report.replications as u32).min(REPLICATIONS);
    let mut found = Uncertainty {
        parameters: ranges.iter().map(|(range, _)| range.address.clone()).collect(),
        blocks: BLOCKS,
        replications,
        parts: Vec::new(),
    };
    if !ranges.is_empty() {
        let middle = numbers(scenario, variant, replications, settings)?;
        let mut blocks = Vec::new();
        for block in 0..BLOCKS {
            let root = Key::root(report.seed, block);
            let mut drawn = Vec::new();
            for (range, ends) in &ranges {
                let key = range.address.bytes().fold(root, |key, byte| key.with(u64::from(byte)));
                let value = Node::new(range.span, ends.at(key.unit()));
                drawn.push((range.address.as_str(), value));
            }
            let scenario = scenario.with_all(&drawn)?;
            blocks.push(numbers(&scenario, variant, replications, settings)?);
        }
        for (name, endpoint) in &mut report.endpoints {
            for (measure, unit, number) in endpoint.predictions() {
                let of = |all: &[Predicted]| {
                    let same = |it: &&Predicted| it.0 == *name && it.1 == measure;
                    all.iter().find(same).and_then(|it| it.2)
                };
                let middle = of(&middle);
                let differences: Option<Vec<f64>> =
                    blocks.iter().map(|block| Some(of(block)? - middle?)).collect();
                let part = part(number, unit, differences.as_deref());
                found.parts.push(Part { endpoint: name.clone(), measure, ..part });
            }
        }
    }
    report.uncertainty = Some(found);
    Ok(())
}

/// Widens one number by `differences`; the parts that its interval is made of.
fn part(number: &mut Number, unit: &'static str, differences: Option<&[f64]>) -> Part {
    let mut part = Part { unit, sampling: [number.low, number.high], ..Part::default() };
    let (Some(value), Some(differences)) = (number.value, differences) else {
        part.reason = Some("too few requests in a block");
        return part;
    };
    let least = differences.iter().copied().fold(0.0, f64::min);
    let most = differences.iter().copied().fold(0.0, f64::max);
    part.parameters = [Some(value + least), Some(value + most)];
    if let [Some(low), Some(high)] = part.sampling {
        number.low = Some(value - (value - low).hypot(least));
        number.high = Some(value + (high - value).hypot(most));
        if unit == "share" {
            number.high = number.high.map(|high| high.min(1.0));
        }
    }
    part
}

/// What is predicted of each endpoint.
fn numbers(
    scenario: &Scenario,
    variant: &Variant,
    replications: u32,
    settings: &Settings<'_>,
) -> Result<Vec<Predicted>, Error> {
    let name = format!("{} within its parameters", variant.name);
    let mut lowered = lower(scenario)?;
    let pilot = warm_up::find(&name, &mut lowered, settings)?;
    let simulation = Simulation::new(report::observable(&lowered))
        .map_err(|error| trouble(&name, &lowered, &error))?;
    let (tallies, observed) = (Vec::new(), Vec::new());
    let mut run = Run { lowered, simulation, tallies, observed, pilot };
    extend(&mut run, replications, &name, settings)?;
    if settings.stop.load(Ordering::Relaxed) {
        return Err(Error::Interrupted);
    }
    let context =
        Context { scenario: name, repeat: String::new(), warnings: Vec::new(), warm_up: None };
    let mut report = report::build(run.evidence(), context);
    let mut numbers = Vec::new();
    for (endpoint, of) in &mut report.endpoints {
        for (measure, _, number) in of.predictions() {
            numbers.push((endpoint.clone(), measure, number.value));
        }
    }
    Ok(numbers)
}

/// What a value is the number of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Count,
    Plain,
    Nanoseconds,
    PerSecond,
    Share,
}

/// The interval of a single value.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    quantity: Quantity,
    low: f64,
    high: f64,
}

impl Range {
    /// The interval, if both ends are single values of one kind and differ.
    fn of(range: &Assumption) -> Option<Self> {
        let (quantity, value) = text_quantity(&range.value)?;
        let end = |node: &Node| match &node.value {
            Value::Str(text) if text == "unlimited" => Some(UNLIMITED * value),
            _ => text_quantity(&node.to_string()).filter(|end| end.0 == quantity).map(|end| end.1),
        };
        let (low, high) = (end(range.low.as_ref()?)?, end(range.high.as_ref()?)?);
        (low < high).then_some(Self { quantity, low, high })
    }

    /// The value that a share `u` of the interval is below.
    fn at(self, u: f64) -> Value {
        let Self { quantity, low, high } = self;
        let value = if low > 0.0 {
            libm::exp((1.0 - u) * libm::log(low) + u * libm::log(high))
        } else {
            low + u * (high - low)
        };
        match quantity {
            Quantity::Count => Value::Int(value.round() as i128),
            Quantity::Plain | Quantity::Share => Value::Float(value.min(high)),
            Quantity::Nanoseconds => Value::Str(format!("{}ns", value.round())),
            Quantity::PerSecond => Value::Str(format!("{value}/s")),
        }
    }
}

/// A single value as it is written, in base units.
fn text_quantity(text: &str) -> Option<(Quantity, f64)> {
    if let Ok(count) = text.parse::<u32>() {
        return Some((Quantity::Count, f64::from(count)));
    }
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some((Quantity::Plain, number));
    }
    let share = || units::share(text).ok().map(|share| (Quantity::Share, share));
    let rate = || units::rate(text).ok().map(|rate| (Quantity::PerSecond, rate));
    let duration = || {
        let time = units::duration(text).ok()?;
        Some((Quantity::Nanoseconds, time.as_nanos() as f64))
    };
    share().or_else(rate).or_else(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check([value, low, high]: [&str; 3], expected: [&str; 3]) {
        let node = |text: &str| {
            Node::new(
                crate::source::Span::default(),
                match text.parse() {
                    Ok(int) => Value::Int(int),
                    Err(_) => Value::Str(text.to_owned()),
                },
            )
        };
        let range = Assumption {
            address: String::from("a"),
            value: value.to_owned(),
            low: Some(node(low)),
            high: Some(node(high)),
            source: crate::node::Provenance::Observed,
            from: None,
            span: crate::source::Span::default(),
        };
        let range = Range::of(&range).unwrap();
        let at = |u: f64| Node::new(crate::source::Span::default(), range.at(u)).to_string();
        assert_eq!([at(0.0), at(0.5), at(1.0)], expected);
    }

    #[test]
    fn values_are_drawn_within_their_intervals() {
        check(["16", "4", "unlimited"], ["4", "25", "160"]);
        check(["5ms", "1ms", "4ms"], ["1000000ns", "2000000ns", "4000000ns"]);
        check(["20%", "0%", "50%"], ["0", "0.25", "0.5"]);
    }

    #[test]
    fn intervals_grow_by_squares() {
        let mut number =
            Number { value: Some(100.0), low: Some(97.0), high: Some(104.0), reason: None };
        let part = part(&mut number, "ms", Some(&[-4.0, 1.0, 3.0]));
        assert_eq!((number.low, number.high), (Some(95.0), Some(105.0)));
        assert_eq!(part.sampling, [Some(97.0), Some(104.0)]);
        assert_eq!(part.parameters, [Some(96.0), Some(103.0)]);
    }
}
