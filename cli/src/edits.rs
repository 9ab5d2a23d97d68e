//! What the command line changes of a scenario, and whether its twin may be trusted.

use std::path::PathBuf;

use anyhow::{Context, bail};
use foreshadow_scenarios::model::twin::Backtest;
use foreshadow_scenarios::{Scenario, load_change};

use crate::args::Edits;
use crate::files;

/// Age from which a twin is doubted.
const OLD_DAYS: i64 = 30;

impl Edits {
    /// The edits as (address, value).
    pub(crate) fn list(&self) -> anyhow::Result<Vec<(String, String)>> {
        let mut list = Vec::new();
        for path in &self.change {
            list.extend(load_change(path, &files::read)?);
        }
        for set in &self.set {
            let Some((address, value)) = set.split_once('=') else {
                bail!("--set {set}: expected ADDRESS=VALUE, as in gateway.replicas=6");
            };
            if value.trim().is_empty() {
                bail!("--set {set}: expected a value after `=`; `null` takes the default");
            }
            list.push((address.trim().to_owned(), value.trim().to_owned()));
        }
        list.extend(self.seed.map(|seed| (String::from("run.seed"), seed.to_string())));
        Ok(list)
    }

    /// Refuses a twin that failed its last backtest, and warns of an old one.
    pub(crate) fn check(&self, scenario: &Scenario) -> anyhow::Result<()> {
        let Some(learned) = &scenario.twin.learned else {
            return Ok(());
        };
        let twin = scenario.twin_path.display();
        if learned.backtest == Some(Backtest::Failed) && !self.allow_stale {
            bail!(
                "{twin} failed its last backtest: it does not predict the system it was learned \
                 from; learn it anew, or go on with --allow-stale"
            );
        }
        let to: jiff::Timestamp =
            learned.to.parse().with_context(|| format!("{twin}: learned.to is no time"))?;
        let days = jiff::Timestamp::now().duration_since(to).as_hours() / 24;
        if days > OLD_DAYS {
            anstream::eprintln!("warning: {twin} was learned {days} days ago; systems change");
        }
        Ok(())
    }

    /// `--change` and `--set` as they were, for a command that repeats this one.
    pub(crate) fn sets(&self) -> impl Iterator<Item = String> {
        let change =
            |path: &PathBuf| format!("--change {}", files::quoted(&path.to_string_lossy()));
        let set = |set: &String| format!("--set {}", files::quoted(set));
        self.change.iter().map(change).chain(self.set.iter().map(set))
    }

    /// `--allow-stale`, if it was said.
    pub(crate) fn stale(&self) -> Option<String> {
        self.allow_stale.then(|| String::from("--allow-stale"))
    }

    /// All words that a command needs to repeat this one.
    pub(crate) fn words(&self) -> impl Iterator<Item = String> {
        let seed = self.seed.map(|seed| format!("--seed {seed}"));
        self.sets().chain(seed).chain(self.stale())
    }
}
