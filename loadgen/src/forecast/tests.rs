use super::*;

const HOUR: Duration = Duration::from_hours(1);

/// Hours of a busy week, with some noise that is always the same.
fn week(hours: usize) -> Vec<f64> {
    let of = |t: usize| {
        let day = (t as f64 * std::f64::consts::TAU / 24.0).sin();
        let weekend = if t / 24 % 7 >= 5 { 0.5 } else { 1.0 };
        let noise = (t as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        weekend * (1000.0 + 400.0 * day) * (0.95 + 0.1 * noise as f64 / f64::from(1 << 24))
    };
    (0..hours).map(of).collect()
}

fn ahead(history: &[f64], horizon: usize) -> Result<Forecast, Error> {
    forecast(history, &ForecastOptions { horizon, bin: HOUR })
}

#[test]
fn a_week_is_continued_within_its_noise() {
    let all = week(24 * 35 + 48);
    let (history, actual) = all.split_at(24 * 35);
    let found = ahead(history, 48).unwrap();
    assert_eq!(found.seasons, [24, 168]);
    assert!(accuracy::smape(actual, &found.median()) < 5.0);
    let (low, high) = found.interval();
    assert!(accuracy::coverage(actual, &low, &high) > 0.9);
    assert!(found.error.0 < found.error.1, "{:?}", found.error);
    for step in &found.quantiles {
        assert!(step.windows(2).all(|pair| pair[0] <= pair[1]), "{step:?}");
    }
}

#[test]
fn gaps_are_bridged_and_not_counted() {
    let mut history = week(24 * 35);
    let whole = ahead(&history, 24).unwrap().median();
    history[300..330].fill(f64::NAN);
    let bridged = ahead(&history, 24).unwrap().median();
    assert!(accuracy::smape(&whole, &bridged) < 2.0);
    history[100..400].fill(f64::NAN);
    assert!(matches!(ahead(&history, 24), Err(Error::Gaps { missing: 300, all: 840 })));
}

#[test]
fn what_cannot_be_forecast_is_refused_with_what_is_missing() {
    let message = ahead(&week(24), 168).unwrap_err().to_string();
    assert!(
        message.starts_with("24 h of history is too little to forecast 7 d ahead"),
        "{message}"
    );
    assert!(message.contains("give a longer recording or ask for 2 h or less"), "{message}");
    assert!(matches!(ahead(&[], 24), Err(Error::Empty { .. })));
    assert!(matches!(ahead(&[1.0, -2.0], 24), Err(Error::Value { bin: 1, .. })));
}

#[test]
fn zeros_and_constants_are_series_too() {
    let flat = ahead(&vec![7.0; 600], 24).unwrap();
    assert!(flat.median().iter().all(|value| (value - 7.0).abs() < 0.01));
    let mut night = week(24 * 30);
    for (hour, value) in night.iter_mut().enumerate() {
        if hour % 24 < 6 {
            *value = 0.0;
        }
    }
    let next = ahead(&night, 24).unwrap().median();
    assert!(next[..6].iter().all(|value| *value < 30.0) && next[12] > 300.0, "{next:?}");
}
