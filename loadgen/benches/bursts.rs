//! Bursts of recorded requests per second: fitted to the first part, compared with the rest.
//!
//! ```text
//! tar xjf ../shared/data/traffic/nasa_http_req_per_sec.tbz2 -O > nasa.txt
//! cargo bench -p foreshadow-loadgen --bench bursts -- nasa.txt
//! ```
//!
//! The file has one count a second, by white space. Hours in which nothing comes for five minutes are
//! left out on both sides. What is made follows the hourly rates of the rest, so that bursts alone are compared.

use std::error::Error;
use std::time::Duration;

use foreshadow_loadgen::dispersion::{autocorrelation, index_of_dispersion};
use foreshadow_loadgen::{bursts, synthesis};
use foreshadow_sim::plan::{Curve, Waver};

const HOUR: usize = 3600;
const SECOND: Duration = Duration::from_secs(1);
/// Seconds without any request that make an hour one of an outage.
const OUTAGE: usize = 300;
/// Part of the hours that is learned from.
const LEARNED: f64 = 0.6;
const SEEDS: u64 = 8;

fn is_whole(hour: &[u32]) -> bool {
    hour.split(|count| *count > 0).all(|quiet| quiet.len() < OUTAGE)
}

/// Hours without outages, and how much usually comes at their time of day.
fn whole<'a>(hours: &[&'a [u32]], first: usize) -> (Vec<&'a [u32]>, Vec<f64>) {
    let all = hours.iter().enumerate().filter(|(_, hour)| is_whole(hour));
    let all: Vec<(usize, &[u32])> = all.map(|(at, hour)| ((first + at) % 24, *hour)).collect();
    let rate = |hour: &[u32]| hour.iter().map(|count| f64::from(*count)).sum::<f64>() / HOUR as f64;
    let usual = |time: usize| {
        let mut same: Vec<f64> =
            all.iter().filter(|(at, _)| *at == time).map(|(_, hour)| rate(hour)).collect();
        same.sort_by(f64::total_cmp);
        same[same.len() / 2]
    };
    let usual = all.iter().map(|(at, _)| usual(*at)).collect();
    (all.iter().map(|(_, hour)| *hour).collect(), usual)
}

fn figures(hours: &[&[u32]]) -> [f64; 4] {
    let of = |width| index_of_dispersion(hours, width);
    [of(1), of(10), of(60), autocorrelation(hours)]
}

/// The mean over seeds of the figures of what is made for these hours.
fn made(hours: &[&[u32]], wavers: &[Waver]) -> [f64; 4] {
    let points = hours.iter().enumerate().flat_map(|(at, hour)| {
        let rate = hour.iter().map(|count| f64::from(*count)).sum::<f64>() / HOUR as f64;
        let second = |s: usize| Duration::from_secs((at * HOUR + s) as u64);
        [(second(0), rate), (second(HOUR), rate)]
    });
    let curve = Curve(points.collect());
    let mut sum = [0.0; 4];
    for seed in 1..=SEEDS {
        let counts = synthesis::counts(&curve, wavers, SECOND, hours.len() * HOUR, seed);
        let found = figures(&counts.chunks_exact(HOUR).collect::<Vec<_>>());
        for (sum, found) in sum.iter_mut().zip(found) {
            *sum += found / SEEDS as f64;
        }
    }
    sum
}

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if paths.is_empty() {
        return Err("expected files of counts a second".into());
    }
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let counts =
            text.split_whitespace().map(str::parse::<u32>).collect::<Result<Vec<_>, _>>()?;
        let all: Vec<&[u32]> = counts.chunks_exact(HOUR).collect();
        let (first, rest) = all.split_at((LEARNED * all.len() as f64) as usize);
        let begin = first.len();
        let ((first, usual), (rest, _)) = (whole(first, 0), whole(rest, begin));
        let wavers = bursts::fit(&first, &usual, SECOND);
        println!("{path}: {} hours learned from, {} held out\n", first.len(), rest.len());
        println!(
            "| | dispersion 1 s | 10 s | 60 s | correlation of neighbours |\n|---|---:|---:|---:|---:|"
        );
        let held = figures(&rest);
        let row = |name: &str, found: [f64; 4]| {
            let cell = |(found, held): (&f64, &f64)| {
                format!("{found:.3} ({:+.1} %)", 100.0 * (found / held - 1.0))
            };
            let cells: Vec<String> = found.iter().zip(&held).map(cell).collect();
            println!("| {name} | {} |", cells.join(" | "));
        };
        row("held out", held);
        row("learned from", figures(&first));
        row("made", made(&rest, &wavers));
        row("made, of what was learned from", made(&first, &wavers));
        row("made, Poisson", made(&rest, &[]));
        println!("\n{wavers:#?}\n");
    }
    Ok(())
}
