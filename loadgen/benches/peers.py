"""The protocol of rolling.rs with Prophet and statsforecast, as far as they install.

    python peers.py FILE BIN_S HORIZON SEASON WINDOWS [SEASON...]

Further seasons are for statsforecast's MSTL.
"""
import logging
import sys
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


def scores(history, actual, median, low, high, season):
    size = np.abs(actual) + np.abs(median)
    smape = np.mean(np.where(size > 0, 200 * np.abs(actual - median) / np.where(size > 0, size, 1), 0))
    scale = np.mean(np.abs(history[season:] - history[:-season]))
    inside = np.mean((low <= actual) & (actual <= high))
    return smape, np.mean(np.abs(actual - median)) / scale, 100 * inside


def prophet(history, bin_s, horizon, _):
    from prophet import Prophet

    times = pd.to_datetime(np.arange(len(history) + horizon) * bin_s, unit="s")
    model = Prophet(interval_width=0.95)
    model.fit(pd.DataFrame({"ds": times[: len(history)], "y": history}))
    found = model.predict(pd.DataFrame({"ds": times[len(history) :]}))
    return found.yhat.to_numpy(), found.yhat_lower.to_numpy(), found.yhat_upper.to_numpy()


def mstl(history, _, horizon, seasons):
    from statsforecast.models import MSTL, AutoETS

    model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN"))
    model.fit(history)
    found = model.predict(h=horizon, level=[95])
    return found["mean"], found["lo-95"], found["hi-95"]


def main():
    file, bin_s, horizon, season, windows = sys.argv[1], *map(int, sys.argv[2:6])
    seasons = [season, *map(int, sys.argv[6:])]
    values = np.array([float(line) for line in open(file)])
    for name, model in (("Prophet", prophet), ("statsforecast, MSTL and AutoETS", mstl)):
        rows = []
        for back in range(1, windows + 1):
            at = len(values) - back * horizon
            history, actual = values[:at], values[at : at + horizon]
            try:
                found = model(history, bin_s, horizon, seasons)
            except ImportError as missing:
                print(f"| {name} | does not install: {missing} |")
                break
            rows.append(scores(history, actual, *(np.maximum(part, 0) for part in found), season))
        else:
            smape, mase, inside = np.mean(rows, axis=0)
            print(f"| {name} | {smape:.2f} | {mase:.3f} | {inside:.1f} % |")


main()
