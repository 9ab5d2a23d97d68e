//! Forecasts of one series by rolling origin, beside the seasonal naive forecast.
//!
//! ```text
//! cargo bench -p foreshadow-loadgen --bench rolling -- FILE BIN_S HORIZON SEASON WINDOWS
//! ```
//!
//! The file has one value a line, bins of one width; `nan` is missing. The last windows, one horizon apart,
//! are forecast from all that was before each. `peers.py` does the same with Prophet and statsforecast.

use std::error::Error;
use std::time::Duration;

use foreshadow_loadgen::{ForecastOptions, accuracy, forecast};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let [file, bin, horizon, season, windows] = args.as_slice() else {
        return Err("expected FILE BIN_S HORIZON SEASON WINDOWS".into());
    };
    let text = std::fs::read_to_string(file)?;
    let values = text.lines().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>()?;
    let (horizon, season, windows) =
        (horizon.parse::<usize>()?, season.parse::<usize>()?, windows.parse::<usize>()?);
    let options = ForecastOptions { horizon, bin: Duration::from_secs(bin.parse()?) };
    let mut sum = [0.0; 5];
    for back in 1..=windows {
        let at = values.len() - back * horizon;
        let (history, actual) = (&values[..at], &values[at..at + horizon]);
        let found = forecast(history, &options)?;
        let (median, (low, high)) = (found.median(), found.interval());
        let naive: Vec<f64> =
            (0..horizon).map(|step| history[at - season + step % season]).collect();
        let scores = [
            accuracy::smape(actual, &naive),
            accuracy::mase(history, actual, &naive, season),
            accuracy::smape(actual, &median),
            accuracy::mase(history, actual, &median, season),
            100.0 * accuracy::coverage(actual, &low, &high),
        ];
        for (sum, score) in sum.iter_mut().zip(scores) {
            *sum += score / windows as f64;
        }
    }
    println!("| | sMAPE | MASE | 95 % interval covers |\n|---|---:|---:|---:|");
    println!("| seasonal naive | {:.2} | {:.3} | |", sum[0], sum[1]);
    println!("| foreshadow | {:.2} | {:.3} | {:.1} % |", sum[2], sum[3], sum[4]);
    Ok(())
}
