//! Tables of `PetShop`: who calls whom, and metrics every five minutes.

use std::collections::BTreeMap;
use std::path::Path;

/// Metrics of all services, one row every five minutes.
#[derive(Debug)]
pub(super) struct Rows {
    /// Beginnings, Unix time [s].
    pub(super) times: Vec<f64>,
    /// By service, metric and statistic.
    columns: BTreeMap<[String; 3], Vec<Option<f64>>>,
}

impl Rows {
    /// Reads a table with four lines of names: service, metric, statistic, `unix_timestamp`.
    pub(super) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        let (names, rows) = lines.split_at(4);
        assert_eq!(names[3][0], "unix_timestamp", "{}", path.display());
        let column = |at: usize| {
            let name = [names[0][at], names[1][at], names[2][at]].map(str::to_owned);
            // What was not measured is empty.
            (name, rows.iter().map(|row| row[at].parse().ok()).collect())
        };
        Self {
            times: rows.iter().map(|row| row[0].parse().unwrap()).collect(),
            columns: (1..names[0].len()).map(column).collect(),
        }
    }

    /// A column; all of it missing where there is none.
    pub(super) fn column(&self, service: &str, metric: &str, of: &str) -> Vec<Option<f64>> {
        let name = [service, metric, of].map(str::to_owned);
        self.columns.get(&name).cloned().unwrap_or_else(|| vec![None; self.times.len()])
    }

    pub(super) fn value(&self, service: &str, metric: &str, of: &str, row: usize) -> Option<f64> {
        self.column(service, metric, of)[row]
    }

    /// Requests in five minutes; none measured are none.
    pub(super) fn requests(&self, service: &str) -> Vec<f64> {
        let column = self.column(service, "requests", "Sum");
        column.into_iter().map(Option::unwrap_or_default).collect()
    }

    pub(super) fn mean_requests(&self, service: &str) -> f64 {
        self.requests(service).iter().sum::<f64>() / self.times.len() as f64
    }

    /// Mean of a statistic of latency over rows, by their requests [s].
    pub(super) fn latency(&self, service: &str, of: &str) -> Option<f64> {
        let (mut sum, mut requests) = (0.0, 0.0);
        for (latency, n) in
            self.column(service, "latency", of).into_iter().zip(self.requests(service))
        {
            if let Some(latency) = latency {
                sum += latency * n;
                requests += n;
            }
        }
        (requests > 0.0).then(|| sum / requests)
    }
}

/// Pairs of caller and callee of a matrix whose rows call its columns.
pub(super) fn graph(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let callees: Vec<&str> = lines.next().unwrap().split(',').skip(1).collect();
    let mut edges = Vec::new();
    for line in lines {
        let mut fields = line.split(',');
        let caller = fields.next().unwrap();
        let is_called = |field: &str| field.parse::<f64>().unwrap() > 0.0;
        let called = callees.iter().zip(fields).filter(|(_, field)| is_called(field));
        edges.extend(called.map(|(callee, _)| (caller.to_owned(), (*callee).to_owned())));
    }
    edges
}
