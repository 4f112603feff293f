# Our client in Python: what each column becomes, pages, problems, tries, and every method with its parameters.
import inspect
import json
import sys
from decimal import Decimal

import tetra as client

url, busy = sys.argv[1:3]
api, exact = client.Tetra(url), client.Tetra(url, exact=True)
window = {"start": "2019-01-01", "end": "2019-12-31"}


def kinds(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def refused(call):
    try:
        call()
    except client.Problem as problem:
        return [type(problem).__name__, problem.status, problem.code, problem.param, problem.hint]


daily = api.list_daily_bars("^GSPC", start="2000-01-01", indicators="sma(20)").frame()
decimals = exact.list_daily_bars("^GSPC", **window)
pauses = []
patient = client.Tetra(busy, "a key", sleep=pauses.append)
waited = len(patient.list_symbols(limit=2).frame())
hasty = client.Tetra(busy, retries=0, sleep=pauses.append)
methods = {
    name: [parameter for parameter in inspect.signature(method).parameters if parameter != "self"]
    for name, method in inspect.getmembers(client.Tetra, inspect.isfunction)
    if name in vars(client.Tetra)
}
article = next(iter(api.list_articles(limit=1)))
print(
    json.dumps(
        {
            "rows": len(daily),
            "daily": kinds(daily),
            "symbols": kinds(api.list_symbols().frame()),
            "events": kinds(api.list_events(limit=5).frame()),
            "wide": kinds(api.list_market_day(symbols=["AAPL", "KO"], layout="wide", field="close", **window).frame()),
            "empty": kinds(api.list_daily_bars("^GSPC", start="1990-01-01", end="1990-01-02").frame()),
            "sums": [str(decimals.frame()["close"].sum()), str(sum(row["close"] for row in decimals))],
            "volume": [int(decimals.frame()["volume"].sum()), sum(row["volume"] for row in decimals)],
            "types": sorted({type(value).__name__ for row in decimals for value in row.values()}),
            "paged": [len(list(api.list_daily_bars("^GSPC", start="2000-01-01"))), len(daily)],
            "limited": [
                len(list(api.list_articles(limit=1001))),
                len(api.list_articles(limit=1001).frame()),
                len(api.list_articles(limit=7).frame()),
            ],
            "article": type(article["published_at"]).__name__ + str(article["published_at"].tzinfo),
            "unknown": refused(lambda: api.get_symbol("APPL")),
            "wrong": refused(lambda: api.list_daily_bars("^GSPC", start="yesterday").frame()),
            "empty_object": [isinstance(exact.get_latest_bar("^GSPC")["close"], Decimal)],
            "waited": [waited, pauses],
            "hasty": refused(lambda: hasty.get_symbol("hasty")),
            "methods": methods,
        }
    )
)
