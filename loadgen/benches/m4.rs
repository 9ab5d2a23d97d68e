//! Forecasts of the 414 hourly series of the M4 competition.
//!
//! ```text
//! cargo bench -p foreshadow-loadgen --bench m4 -- --cut 48    a window from the end of the train part
//! cargo bench -p foreshadow-loadgen --bench m4 -- --test      the competition's test part
//! ```
//!
//! Everything is developed on cuts of the train part; `docs/load.md` counts how often the test part was opened.

use std::error::Error;
use std::fs::File;
use std::time::{Duration, Instant};

use foreshadow_loadgen::{ForecastOptions, accuracy, forecast};
use lzma_rust2::XzReader;
use rayon::prelude::*;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/traffic");
const HORIZON: usize = 48;
const SEASON: usize = 24;

fn series(file: &str) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let file = XzReader::new(File::open(format!("{FOLDER}/{file}"))?, true);
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let mut all = Vec::new();
    for row in rows.records() {
        let row = row?;
        let values = row.iter().skip(1).take_while(|field| !field.is_empty() && *field != "NA");
        all.push(values.map(str::parse).collect::<Result<_, _>>()?);
    }
    Ok(all)
}

/// sMAPE, MASE, coverage, MSIS; sMAPE and MASE of the seasonal naive forecast.
fn scores(history: &[f64], actual: &[f64]) -> [f64; 6] {
    let options = ForecastOptions { horizon: HORIZON, bin: Duration::from_hours(1) };
    let found = forecast(history, &options).expect("every series is long enough");
    let (median, (low, high)) = (found.median(), found.interval());
    let naive: Vec<f64> =
        (0..HORIZON).map(|step| history[history.len() - SEASON + step % SEASON]).collect();
    [
        accuracy::smape(actual, &median),
        accuracy::mase(history, actual, &median, SEASON),
        accuracy::coverage(actual, &low, &high),
        accuracy::msis(history, actual, &low, &high, SEASON),
        accuracy::smape(actual, &naive),
        accuracy::mase(history, actual, &naive, SEASON),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let train = series("M4-Hourly-train.csv.xz")?;
    let cases: Vec<(Vec<f64>, Vec<f64>)> = match args.iter().map(String::as_str).collect::<Vec<_>>()
        [..]
    {
        ["--test"] => train.into_iter().zip(series("M4-Hourly-test.csv.xz")?).collect(),
        ["--cut", cut] => {
            let cut: usize = cut.parse()?;
            let split = |all: Vec<f64>| {
                let at = all.len() - cut;
                (all[..at].to_vec(), all[at..at + HORIZON].to_vec())
            };
            train.into_iter().map(split).collect()
        }
        _ => return Err("expected --test, or --cut HOURS from the end of the train part".into()),
    };
    let begin = Instant::now();
    let all: Vec<[f64; 6]> =
        cases.par_iter().map(|(history, actual)| scores(history, actual)).collect();
    let mean = |index: usize| all.iter().map(|one| one[index]).sum::<f64>() / all.len() as f64;
    println!("{} series, horizon {HORIZON}, {:.1} s", all.len(), begin.elapsed().as_secs_f64());
    println!("| | sMAPE | MASE | 95 % interval covers | MSIS |\n|---|---:|---:|---:|---:|");
    println!("| seasonal naive | {:.3} | {:.3} | | |", mean(4), mean(5));
    println!(
        "| foreshadow | {:.3} | {:.3} | {:.2} % | {:.2} |",
        mean(0),
        mean(1),
        100.0 * mean(2),
        mean(3)
    );
    Ok(())
}
