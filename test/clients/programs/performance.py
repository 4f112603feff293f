# Comparisons and statistics as pandas has them: the greatest difference of each number.
import json
import sys
import urllib.request

import numpy as np
import pandas as pd

url = f"{sys.argv[1]}/v1/market-data"
SYMBOLS = "%5EGSPC,AAPL,MSFT,BTC-USD,TWTR"
WINDOW = "start=2015-01-01&end=2021-12-31"
BENCHMARK = "AAPL"


def read(path):
    with urllib.request.urlopen(f"{url}/{path}") as answer:
        return json.load(answer)


def closes(path):
    rows = pd.read_csv(f"{url}/{path}&format=csv", parse_dates=["day"], float_precision="round_trip")
    return rows.pivot(index="day", columns="symbol", values="close")


def summary_of(close, periods):
    returns = close.pct_change(fill_method=None).dropna()
    below = close / close.cummax() - 1
    years = (close.index[-1] - close.index[0]).days / 365.25
    return {
        "total_return": close.iloc[-1] / close.iloc[0] - 1,
        "cagr": (close.iloc[-1] / close.iloc[0]) ** (1 / years) - 1,
        "volatility": returns.std() * np.sqrt(periods),
        "max_drawdown": below.min(),
        "mean_return": returns.mean(),
        "skewness": returns.skew(),
        "kurtosis": returns.kurt(),
        "positive_share": (returns > 0).mean(),
    }


differences = {}


def compare(name, ours, theirs):
    difference = abs(ours - theirs) / max(1, abs(theirs))
    differences[name] = max(differences.get(name, 0), difference)


wide = closes(f"daily?symbols={SYMBOLS}&{WINDOW}")
for align in ["inner", "outer"]:
    meta = read(f"compare?symbols={SYMBOLS}&{WINDOW}&benchmark={BENCHMARK}&align={align}")["meta"]
    for row in meta["summary"]:
        symbol = row["symbol"]
        pair = wide[[symbol, BENCHMARK]] if symbol != BENCHMARK else wide[[symbol]]
        moves = (pair.dropna().pct_change() if align == "inner" else wide.pct_change(fill_method=None)[pair.columns]).dropna()
        compare("beta", row["beta"], moves[symbol].cov(moves[BENCHMARK]) / moves[BENCHMARK].var())
        compare("common_returns", row["common_returns"], len(moves))
        for name, value in summary_of(wide[symbol].dropna(), row["periods_per_year"]).items():
            if name in row:
                compare(name, row[name], value)
    for cell in meta["correlations"]:
        a, b = cell["symbol"], cell["other"]
        pair = wide[[a, b]] if a != b else wide[[a]]
        moves = (pair.dropna().pct_change() if align == "inner" else wide.pct_change(fill_method=None)[pair.columns]).dropna()
        compare("correlation", cell["correlation"], moves[a].corr(moves[b]))
        compare("returns", cell["returns"], len(moves))

rebased = pd.read_csv(
    f"{url}/compare?symbols={SYMBOLS}&{WINDOW}&base=1000&format=csv", parse_dates=["day"], float_precision="round_trip"
).pivot(index="day", columns="symbol", values="value")
compare("value", (rebased - wide / wide.bfill().iloc[0] * 1000).abs().max().max(), 0)

index = closes("daily?symbols=%5EGSPC&start=2000-01-01&end=2020-12-31")["^GSPC"]
statistics = read("statistics/%5EGSPC")["data"]
for name, value in summary_of(index, 252).items():
    if name in statistics:
        compare(name, statistics[name], value)
for unit, rows in [
    ("A", {str(row["year"]): row for row in statistics["years"]}),
    ("M", {f"{y['year']}-{m['month']:02}": m for y in statistics["years"] for m in y["months"]}),
]:
    ends = index.resample(unit).last()
    for period, value in ends.pct_change(fill_method=None).iloc[1:].items():
        compare(f"return {unit}", rows[str(period.date())[: 4 if unit == "A" else 7]]["return"], value)

years = {row["year"]: round(row["return"] * 100, 2) for row in statistics["years"]}
print(
    json.dumps(
        {
            "numbers": sorted(differences),
            "greatest": max(differences.values()),
            "drawdowns": [round(one["depth"] * 100, 2) for one in statistics["drawdowns"][:3]],
            "years": [years[2008], years[2013], years[2019], years[2011]],
        }
    )
)
