//! The calibration for people.

use std::fmt;

use super::{Calibration, Fitted, Measure, Row};

/// Share of a parameter in a direction from which on it is named.
const NAMED: f64 = 0.3;
/// Standard deviation in the unit cube from which on a direction is a ridge.
const RIDGE: f64 = 0.5;

impl fmt::Display for Calibration {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (fitted, held) = &self.runs;
        writeln!(f, "fitted to {}; held back: {}", listed(fitted), listed(held))?;
        let (cost, figures) = self.cost;
        writeln!(f, "cost {cost:.1} of {figures} figures (half a squared deviation each)")?;
        if !self.left_out.is_empty() {
            let named = |(endpoint, measure): &(String, Measure)| format!("{endpoint} ({measure})");
            let names: Vec<String> = self.left_out.iter().map(named).collect();
            writeln!(f, "left out, not in all runs or 0 in one: {}", names.join(", "))?;
        }
        self.parameters(f)?;
        self.counts(f)?;
        self.ridges(f)?;
        self.sets(f)?;
        self.checked(f)
    }
}

impl Calibration {
    fn parameters(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let name = |fitted: &Fitted| fitted.parameter.addresses.join(", ");
        let width = self.fitted.iter().map(|fitted| name(fitted).len()).max().unwrap_or(0);
        writeln!(f, "\n  {:width$}  {:>10}  95 % of the next run", "parameter", "value")?;
        for fitted in &self.fitted {
            let (low, high) = fitted.interval;
            let open = if fitted.is_open { "  the data leave it open" } else { "" };
            let value = fitted.value.to_string();
            writeln!(f, "  {:width$}  {value:>10}  {low} to {high}{open}", name(fitted))?;
        }
        Ok(())
    }

    fn counts(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.profile.is_empty() {
            return Ok(());
        }
        let whole = self.fitted.iter().filter(|fitted| fitted.parameter.is_whole());
        let names: Vec<&str> = whole.map(|fitted| fitted.parameter.addresses[0].as_str()).collect();
        writeln!(f, "\n  {}  cost, fitted and held back", names.join(" · "))?;
        for profile in &self.profile {
            let counts: Vec<String> = profile.counts.iter().map(|c| format!("{c:.0}")).collect();
            let held = profile.held_out.map_or(String::from("–"), |cost| format!("{cost:.1}"));
            writeln!(f, "  {:>8}  {:>8.1}  {held:>8}", counts.join(" · "), profile.cost)?;
        }
        Ok(())
    }

    fn ridges(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let searched: Vec<&Fitted> =
            self.fitted.iter().filter(|fitted| !fitted.parameter.is_whole()).collect();
        let ridges: Vec<_> =
            self.directions.iter().filter(|direction| direction.deviation > RIDGE).collect();
        if ridges.is_empty() {
            return writeln!(f, "\nThe data tell all searched parameters apart.");
        }
        writeln!(f, "\nThe data cannot tell apart, and only configuration can:")?;
        for ridge in ridges {
            let named = searched.iter().zip(&ridge.shares).filter(|(_, share)| share.abs() > NAMED);
            let words: Vec<String> = named
                .map(|(fitted, share)| {
                    let way = if *share > 0.0 { "more" } else { "less" };
                    format!("{way} {}", fitted.parameter.addresses[0])
                })
                .collect();
            writeln!(f, "  {}", words.join(" with "))?;
        }
        Ok(())
    }

    fn sets(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.ensemble.len() < 2 {
            return Ok(());
        }
        writeln!(f, "\nParameter sets by run, in the order above:")?;
        for (run, values) in &self.ensemble {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            writeln!(f, "  {run}: {}", values.join("  "))?;
        }
        Ok(())
    }

    fn checked(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let what = if self.runs.1.is_empty() {
            "The runs that were fitted (nothing was held back)"
        } else {
            "Runs held back"
        };
        let width = self.check.iter().map(|row| row.endpoint.len()).max().unwrap_or(0);
        writeln!(f, "\n{what}, predicted against observed; noise: one run against the others")?;
        writeln!(f, "  {:width$}  measure  predicted   observed   error   noise", "endpoint")?;
        for row in &self.check {
            let predicted =
                row.predicted.map_or(String::from("–"), |value| format!("{value:.4}"));
            let percent = |share: Option<f64>| {
                share.map_or(String::from("–"), |share| format!("{:.1} %", 100.0 * share))
            };
            writeln!(
                f,
                "  {:width$}  {:7}  {predicted:>9}  {:>9.4}  {:>6}  {:>6}",
                row.endpoint,
                row.measure,
                row.observed,
                percent(row.error()),
                percent(row.noise),
            )?;
        }
        for measure in [Measure::PerS, Measure::Mean, Measure::P95] {
            if let Some((error, noise)) = medians(&self.check, measure) {
                writeln!(
                    f,
                    "median over endpoints, {measure}: error {error:.1} %, noise {}",
                    noise.map_or_else(|| String::from("–"), |noise| format!("{noise:.1} %"))
                )?;
            }
        }
        Ok(())
    }
}

/// Medians over endpoints of |error| and, where it is known, noise of a measure, in percent.
fn medians(rows: &[Row], measure: Measure) -> Option<(f64, Option<f64>)> {
    let of = |share: &dyn Fn(&Row) -> Option<f64>| {
        let mut shares: Vec<f64> = rows
            .iter()
            .filter(|row| row.measure == measure)
            .filter_map(|row| share(row).map(f64::abs))
            .collect();
        shares.sort_by(f64::total_cmp);
        let middle = shares.get(shares.len() / 2)?;
        Some(100.0 * middle)
    };
    Some((of(&Row::error)?, of(&|row: &Row| row.noise)))
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::from("nothing"),
        [one] => one.clone(),
        [first, .., last] => format!("{} runs, {first} to {last}", names.len()),
    }
}
