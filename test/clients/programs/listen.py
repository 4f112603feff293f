# The stream of our client in Python: prints each event, leaves after the bar with volume 3.
import json
import sys

import tetra as client

api = client.Tetra(sys.argv[1], sleep=lambda seconds: None)
symbols = ["L0", "L1", "NONE"]
events = api.stream_bars(symbols, fields=["symbol", "volume"])
for event in events:
    print(json.dumps(event._asdict()), flush=True)
    if event.event == "bar" and event.data["volume"] == 3:
        break
events.close()

exact = client.Tetra(sys.argv[1], exact=True)
bars = (event.data for event in exact.stream_bars(symbols) if event.event == "bar")
try:
    next(api.stream_bars(["NONE"]))
except client.SymbolNotFound:
    print(json.dumps({"close": str(next(bars)["close"])}))
