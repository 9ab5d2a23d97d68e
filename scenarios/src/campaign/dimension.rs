//! A magnitude of a fault that is drawn, or looked for.

use foreshadow_sim::random::{Key as Draw, Law};

use super::Single;
use crate::model::campaign::Campaign as Section;
use crate::model::magnitude::{Magnitude, Size, SizeUnit};
use crate::node::{Key, Node, Value};
use crate::problem::{Problem, suggest};
use crate::scenario::Scenario;

/// One parameter of a fault, and what it may be.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The parameter: `factor`, `share`, `duration`.
    pub parameter: String,
    /// The least that it may be, with its unit.
    pub least: Size,
    /// The most, in the same unit.
    pub most: f64,
    law: Option<Magnitude>,
}

impl Dimension {
    /// The value of a trial, drawn from `key`.
    #[must_use]
    pub fn draw(&self, key: Draw) -> Size {
        let (least, most) = (self.least.value, self.most);
        let value = match &self.law {
            None | Some(Magnitude::Uniform(_)) => least + (most - least) * key.unit(),
            Some(Magnitude::LogUniform(_)) => least * libm::pow(most / least, key.unit()),
            // Laws draw whole nanoseconds: a billionth of the unit.
            Some(Magnitude::Lognormal(_)) => {
                let law = Law::lognormal_quantiles(least * 1e9, most * 1e9);
                let drawn = law.map_or(least, |law| law.sample(key) as f64 / 1e9);
                // The tail of a share ends at the whole.
                let is_share = self.least.unit == SizeUnit::Percent || self.parameter == "share";
                if is_share { drawn.min(1.0) } else { drawn }
            }
            Some(Magnitude::OneOf(sizes)) => {
                sizes[key.below(sizes.len() as u32) as usize].value.value
            }
        };
        self.least.with(value)
    }

    /// A fault of which this parameter is `size`.
    #[must_use]
    pub fn set(&self, fault: &Node, size: Size) -> Node {
        let mut fault = fault.clone();
        if let Value::Map(kinds) = &mut fault.value
            && let Some((kind, body)) = kinds.first_mut()
        {
            let key = Key { span: kind.span, name: self.parameter.clone() };
            if let Some(place) = body.get_or_insert(key, Value::Null) {
                place.value = match size.unit {
                    crate::model::magnitude::SizeUnit::Plain => Value::Float(size.value),
                    _ => Value::Str(size.to_string()),
                };
            }
        }
        fault
    }
}

/// Gives every fault what the campaign says of its magnitudes.
pub(super) fn attach(
    section: &Section,
    singles: &mut [Single],
    scenario: &Scenario,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, magnitude) in section.magnitudes.iter() {
        let found = ends(&magnitude.value).and_then(|(least, most)| {
            let law = Some(magnitude.value.clone());
            hits(name, singles, (least, most, law), scenario, |single, dimension| {
                single.drawn.push(dimension);
            })
        });
        problems.extend(found.err().map(|wrong| wrong.at(name.span)));
    }
    for (name, range) in section.breaking.iter() {
        let (from, to) = (range.from.value, range.to.value);
        let ends = if from.unit == to.unit && from.value < to.value {
            Ok((from, to.value))
        } else {
            Err(Wrong::new("expected two ends in one unit, the lesser first"))
        };
        let found = ends.and_then(|(least, most)| {
            hits(name, singles, (least, most, None), scenario, |single, dimension| {
                single.breaking = Some(dimension);
            })
        });
        problems.extend(found.err().map(|wrong| wrong.at(range.span)));
    }
    problems
}

/// What is wrong, without its place.
struct Wrong {
    message: String,
    help: Option<String>,
}

impl Wrong {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn at(self, span: crate::source::Span) -> Problem {
        Problem { help: self.help, ..Problem::at(span, self.message) }
    }
}

/// The two numbers that a law is made of; of quantiles, the median and the 99th.
fn ends(magnitude: &Magnitude) -> Result<(Size, f64), Wrong> {
    let (least, most) = match magnitude {
        Magnitude::Uniform(ends) | Magnitude::LogUniform(ends) => (ends.min.value, ends.max.value),
        Magnitude::Lognormal(quantiles) => (quantiles.p50.value, quantiles.p99.value),
        Magnitude::OneOf(sizes) => {
            let (Some(first), true) =
                (sizes.first(), sizes.iter().all(|s| s.unit == sizes[0].unit))
            else {
                return Err(Wrong::new("expected one or more sizes in one unit"));
            };
            return Ok((first.value, first.value.value));
        }
    };
    if least.unit != most.unit || least.value >= most.value {
        return Err(Wrong::new("expected two sizes in one unit, the lesser first"));
    }
    if matches!(magnitude, Magnitude::LogUniform(_) | Magnitude::Lognormal(_)) && least.value <= 0.0
    {
        return Err(Wrong::new("expected sizes above 0 on a logarithmic scale"));
    }
    Ok((least, most.value))
}

/// Gives every fault of the kind that `name`, `kind.parameter`, is about a dimension.
fn hits(
    name: &str,
    singles: &mut [Single],
    (least, most, law): (Size, f64, Option<Magnitude>),
    scenario: &Scenario,
    give: impl Fn(&mut Single, Dimension),
) -> Result<(), Wrong> {
    let Some((kind, parameter)) = name.split_once('.') else {
        let help = Some(String::from("write the kind and its parameter, as in `slow.factor`"));
        return Err(Wrong {
            help,
            ..Wrong::new(format!("`{name}` names no parameter of a fault"))
        });
    };
    let kinds: Vec<String> = singles.iter().map(|single| single.kind.clone()).collect();
    let mut mine = singles.iter_mut().filter(|single| single.kind == kind).peekable();
    if mine.peek().is_none() {
        let help = Some(suggest(kind, "kinds of faults here", kinds.iter().map(String::as_str)));
        return Err(Wrong { help, ..Wrong::new(format!("no fault here is of kind `{kind}`")) });
    }
    for single in mine {
        let parameter = parameter.to_owned();
        let dimension = Dimension { parameter, least, most, law: law.clone() };
        // Both ends must be values that the fault can have.
        for end in [least, least.with(most)] {
            let fault = dimension.set(&single.fault, end);
            let with = scenario.with_faults(&[fault]).and_then(|with| crate::lower(&with));
            if let Err(problems) = with {
                let first = problems.iter().next();
                let message = first.map_or_else(String::new, |problem| problem.message.clone());
                let help = first.and_then(|problem| problem.help.clone());
                return Err(Wrong { message: format!("`{name}` of {end}: {message}"), help });
            }
        }
        give(single, dimension);
    }
    Ok(())
}
