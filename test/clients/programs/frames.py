# pandas as the README has it.
import json
import sys

import pandas as pd

url = sys.argv[1]
daily = pd.read_csv(
    f"{url}/v1/market-data/daily/%5EGSPC?start=2000-01-01&format=csv", parse_dates=["day"], index_col="day"
)
news = pd.read_csv(f"{url}/v1/news?format=csv", parse_dates=["published_at"])
events = pd.read_json(f"{url}/v1/events?format=ndjson", lines=True, convert_dates=["event_datetime"])
vwap = pd.read_csv(f"{url}/v1/market-data/daily/%5EGSPC?start=2019-01-01&end=2019-01-31&fields=vwap&format=csv")
print(
    json.dumps(
        {
            "rows": len(daily),
            "last": str(daily.index.max().date()),
            "close": str(daily["close"].dtype),
            "published_at": str(news["published_at"].dtype),
            "event_datetime": str(events["event_datetime"].dtype),
            "vwap_rows": len(vwap),
        }
    )
)
