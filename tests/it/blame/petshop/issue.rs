//! Issues: what was injected, and what each service's latency did.

use std::path::{Path, PathBuf};

use super::rows::Rows;

/// Seconds that an issue lasts, and by which rows may stand out of it.
const LASTS_S: f64 = 600.0;
const SLACK_S: f64 = 15.0;
const ROW_S: f64 = 300.0;
const LEAST_REQUESTS: f64 = 10.0;

/// An injected delay.
#[derive(Debug)]
pub(super) struct Issue {
    pub(super) name: String,
    pub(super) delay_s: f64,
    starts: f64,
    pub(super) rows: Rows,
}

/// Latency of a service before and during an issue [s].
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    pub(super) before: f64,
    pub(super) during: f64,
}

impl Measured {
    pub(super) fn change(self) -> f64 {
        self.during - self.before
    }
}

impl Issue {
    /// The issues of a folder whose command states a delay.
    pub(super) fn all(folder: &Path) -> Vec<Self> {
        let mut folders: Vec<PathBuf> =
            std::fs::read_dir(folder.join("train")).unwrap().map(|e| e.unwrap().path()).collect();
        folders.sort();
        folders.iter().filter_map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Option<Self> {
        let target = std::fs::read_to_string(path.join("target.json")).unwrap();
        let target: serde_json::Value = serde_json::from_str(&target).unwrap();
        let command = target["metadata"]["reproducibility"]["command"].as_str()?;
        // aws ssm put-parameter --name '/petstore/searchdelay' --value '1000' --overwrite
        let mut quoted = command.split('\'').skip(1).step_by(2);
        if quoted.next()? != "/petstore/searchdelay" {
            return None;
        }
        let folder = path.parent()?.parent()?.file_name()?.to_string_lossy();
        Some(Self {
            name: format!("{folder}/{}", path.file_name()?.to_string_lossy()),
            delay_s: quoted.next()?.parse::<f64>().ok()? / 1e3,
            starts: target["target"]["timestamp"].as_f64()?,
            rows: Rows::read(&path.join("metrics.csv")),
        })
    }

    /// What was measured of a service, if it is judged.
    pub(super) fn measured(&self, service: &str) -> Option<Measured> {
        let mean = |within: &dyn Fn(f64) -> bool| {
            let rows: Vec<usize> = (0..self.rows.times.len())
                .filter(|&row| within(self.rows.times[row] - self.starts))
                .collect();
            assert!(!rows.is_empty(), "{} has such rows", self.name);
            let values = rows.iter().map(|&row| {
                let requests = self.rows.value(service, "requests", "Sum", row)?;
                let latency = self.rows.value(service, "latency", "Average", row)?;
                (requests >= LEAST_REQUESTS).then_some(latency)
            });
            let values: Option<Vec<f64>> = values.collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        Some(Measured {
            before: mean(&|since| since + ROW_S <= SLACK_S)?,
            during: mean(&|since| since >= -SLACK_S && since + ROW_S <= LASTS_S + SLACK_S)?,
        })
    }
}
