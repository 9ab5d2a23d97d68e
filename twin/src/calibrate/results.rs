//! Measured results: runs and endpoints, and the table that has them.
//!
//! A CSV file with a header. `run` and `endpoint` name a row; `count`, `per_s`, `mean_ms`, `p50_ms`,
//! `p90_ms`, `p95_ms` and `p99_ms` are what was measured, each as far as it is known. Other columns
//! are passed over. Runs are in the order of the file, which is taken for that of time.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::figures::Measure;

/// One run: the figures of its endpoints, by the address of the endpoint.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Its name.
    pub name: String,
    /// By endpoint: what was measured.
    pub endpoints: BTreeMap<String, BTreeMap<Measure, f64>>,
    /// Requests, by endpoint, where they were counted.
    pub counts: BTreeMap<String, f64>,
}

/// Measured runs, in the order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Results {
    /// The runs.
    pub runs: Vec<Run>,
}

/// What is wrong with results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// The file is no table.
    #[error("the results are no CSV table: {0}")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error(
        "the results have no column `{0}`: expected run, endpoint, and some of count, per_s, mean_ms, p50_ms, p90_ms, p95_ms, p99_ms"
    )]
    Column(&'static str),
    /// A field is no number above 0.
    #[error("line {line}: expected a number of at least 0 for `{column}`, found `{found}`")]
    Number {
        /// Where.
        line: u64,
        /// Of which column.
        column: String,
        /// What stands there.
        found: String,
    },
    /// An endpoint of a run is given twice.
    #[error("line {line}: run `{run}` has `{endpoint}` twice")]
    Twice {
        /// Where.
        line: u64,
        /// The run.
        run: String,
        /// The endpoint.
        endpoint: String,
    },
    /// There is nothing to fit to.
    #[error("the results hold no run to fit to")]
    Empty,
    /// A run that is to be held back is not there.
    #[error("there is no run `{0}` to hold back")]
    NoRun(String),
    /// Two files or tests have one name.
    #[error("two runs are called `{0}`: rename one")]
    SameRun(String),
    /// A file that is no result of a load test.
    #[error(
        "it is {format} with {records} records, no results: expected what k6, Locust, JMeter or Fortio \
         write, a table of requests, or a table with run, endpoint, and some of count, per_s, mean_ms, \
         p50_ms, p90_ms, p95_ms, p99_ms"
    )]
    NoResults {
        /// What it is.
        format: String,
        /// How many other things it holds.
        records: u64,
    },
    /// A name that no endpoint has.
    #[error(
        "`{name}` is no endpoint that a load of the scenario calls ({known}): say which it is with \
         --name '{name}=ADDRESS', or leave it out with --name '{name}='"
    )]
    Unknown {
        /// The name.
        name: String,
        /// The endpoints that there are.
        known: String,
    },
    /// What a name stands for cannot be read.
    #[error("expected NAME=ADDRESS, found `{0}`")]
    Name(String),
    /// A name that stands in no file.
    #[error("--name {0}=…: no file names its requests so")]
    UnusedName(String),
    /// A name that is said to be two things.
    #[error("--name {0}=… is given twice")]
    NameTwice(String),
    /// Figures of all requests together, of several endpoints.
    #[error("it has figures of all operations together, and the loads call several endpoints")]
    Together,
    /// Two rows of one endpoint.
    #[error(
        "run `{run}` has `{endpoint}` twice: a history over time is no result, take the statistics of \
         the whole run"
    )]
    Again {
        /// The run.
        run: String,
        /// The endpoint.
        endpoint: String,
    },
    /// Nothing is left between the ramps.
    #[error("nothing is left of it between what --skip leaves out")]
    TooShort,
    /// Times of single requests are not there.
    #[error("it is {0}, which has no single requests that --skip could leave out")]
    Skip(String),
    /// Something about one file.
    #[error("{}: {error}", path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// An endpoint that users do not call.
    #[error("the results name `{0}`, which no load of the scenario calls")]
    Endpoint(String),
}

/// The names of the columns of figures.
const COLUMNS: [(&str, Measure); 6] = [
    ("per_s", Measure::PerS),
    ("mean_ms", Measure::Mean),
    ("p50_ms", Measure::P50),
    ("p90_ms", Measure::P90),
    ("p95_ms", Measure::P95),
    ("p99_ms", Measure::P99),
];

impl ResultsError {
    /// The same, with the file that it is about.
    pub(super) fn of(self, path: &Path) -> Self {
        Self::In { path: path.to_path_buf(), error: Box::new(self) }
    }
}

impl From<std::io::Error> for ResultsError {
    fn from(error: std::io::Error) -> Self {
        Self::Csv(error.into())
    }
}

impl Results {
    /// Reads the table.
    ///
    /// # Errors
    /// [`ResultsError`]
    pub fn read(text: impl Read) -> Result<Self, ResultsError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let headers = reader.headers()?.clone();
        let column = |name: &str| headers.iter().position(|header| header == name);
        let run = column("run").ok_or(ResultsError::Column("run"))?;
        let endpoint = column("endpoint").ok_or(ResultsError::Column("endpoint"))?;
        let count = column("count");
        let known: Vec<(usize, &str, Measure)> = COLUMNS
            .iter()
            .filter_map(|(name, measure)| Some((column(name)?, *name, *measure)))
            .collect();
        if known.is_empty() {
            return Err(ResultsError::Column("mean_ms"));
        }
        let mut results = Self::default();
        for record in reader.records() {
            let record = record?;
            let line = record.position().map_or(0, csv::Position::line);
            let number = |at: usize, name: &str| number(&record, at, name, line);
            let (name, endpoint) = (record[run].to_owned(), record[endpoint].to_owned());
            let run = results.run(&name);
            let mut figures = BTreeMap::new();
            for (at, name, measure) in &known {
                if let Some(value) = number(*at, name)? {
                    figures.insert(*measure, value);
                }
            }
            if let Some(count) = count.map(|at| number(at, "count")).transpose()?.flatten() {
                run.counts.insert(endpoint.clone(), count);
            }
            if run.endpoints.insert(endpoint.clone(), figures).is_some() {
                return Err(ResultsError::Twice { line, run: name, endpoint });
            }
        }
        if results.runs.is_empty() { Err(ResultsError::Empty) } else { Ok(results) }
    }

    /// The run of this name, a new one if there is none.
    fn run(&mut self, name: &str) -> &mut Run {
        let at = self.runs.iter().position(|run| run.name == name).unwrap_or_else(|| {
            self.runs.push(Run { name: name.to_owned(), ..Run::default() });
            self.runs.len() - 1
        });
        &mut self.runs[at]
    }

    /// The runs to fit to, and those to hold back: those named, else the last third of three or more.
    pub(super) fn split(
        &self,
        hold_out: &[String],
    ) -> Result<(Vec<&Run>, Vec<&Run>), ResultsError> {
        for name in hold_out {
            if !self.runs.iter().any(|run| run.name == *name) {
                return Err(ResultsError::NoRun(name.clone()));
            }
        }
        let first_held = self.runs.len() - self.runs.len() / 3;
        let (mut fitted, mut held) = (Vec::new(), Vec::new());
        for (index, run) in self.runs.iter().enumerate() {
            let is_held = if hold_out.is_empty() {
                index >= first_held
            } else {
                hold_out.contains(&run.name)
            };
            if is_held { held.push(run) } else { fitted.push(run) }
        }
        if fitted.is_empty() { Err(ResultsError::Empty) } else { Ok((fitted, held)) }
    }
}

/// A field as a number; `None` when it is empty.
fn number(
    record: &csv::StringRecord,
    at: usize,
    column: &str,
    line: u64,
) -> Result<Option<f64>, ResultsError> {
    let found = record.get(at).unwrap_or_default();
    if found.is_empty() {
        return Ok(None);
    }
    let value = found.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
    value.map(Some).ok_or_else(|| ResultsError::Number {
        line,
        column: column.to_owned(),
        found: found.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "run,endpoint,count,per_s,mean_ms,p95_ms,note\n\
        a,web.home,100,10,20,50,x\nb,web.home,100,11,21,,y\nc,web.home,100,12,22,52,z\n";

    #[test]
    fn a_table_is_read_and_split_by_time() {
        let results = Results::read(TABLE.as_bytes()).unwrap();
        let figures = &results.runs[1].endpoints["web.home"];
        assert_eq!(figures.get(&Measure::Mean), Some(&21.0));
        assert_eq!(figures.get(&Measure::P95), None);
        let (fitted, held) = results.split(&[]).unwrap();
        assert_eq!((fitted.len(), held[0].name.as_str()), (2, "c"));
        let (fitted, _) = results.split(&[String::from("a")]).unwrap();
        assert_eq!(fitted[0].name, "b");
    }

    #[track_caller]
    fn check_error(table: &str, expected: &str) {
        assert_eq!(Results::read(table.as_bytes()).unwrap_err().to_string(), expected);
    }

    #[test]
    fn wrong_tables_are_refused_with_their_place() {
        check_error(
            "run,endpoint,mean_ms\na,web.home,soon\n",
            "line 2: expected a number of at least 0 for `mean_ms`, found `soon`",
        );
        check_error(
            "run,endpoint,mean_ms\na,web.home,1\na,web.home,2\n",
            "line 3: run `a` has `web.home` twice",
        );
        check_error("run,endpoint,mean_ms\n", "the results hold no run to fit to");
        assert!(Results::read("endpoint,mean_ms\n".as_bytes()).is_err());
        let results = Results::read(TABLE.as_bytes()).unwrap();
        assert!(matches!(results.split(&[String::from("q")]), Err(ResultsError::NoRun(_))));
    }
}
