"""A client of the Tetra Query API: one file, over requests and pandas.

    from tetra import Tetra

    tetra = Tetra("http://localhost:3000")
    frame = tetra.list_daily_bars("AAPL", start="2020-01-01").frame()
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, List, Literal, Mapping, NamedTuple, Optional, Sequence, Type, Union
from urllib.parse import quote

import pandas as pd
import requests

#: Only these are worth another try.
RETRIED = (429, 503, 504)

#: For how many seconds a stream may say nothing: it sends a comment every 15.
SILENCE = 45


class Problem(Exception):
    """What the API refused (RFC 9457); each code has a class of its own, such as SymbolNotFound."""

    #: Stable; None where something else answered, such as a proxy.
    code: Optional[str] = None

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(" ".join(filter(None, (body.get("detail", f"HTTP {status}"), body.get("hint")))))
        self.status = status
        #: The parameter at fault, what to do about it, and accepted names or values.
        self.param: Optional[str] = body.get("param")
        self.hint: Optional[str] = body.get("hint")
        self.allowed: List[str] = body.get("allowed", [])
        self.request_id: Optional[str] = body.get("request_id")


class Event(NamedTuple):
    """An event of a stream: its name, and the id to go on after it."""

    event: str
    data: Dict[str, Any]
    id: Optional[str]


class Client:
    """Sends requests: what all methods have in common."""

    def __init__(
        self,
        url: str,
        api_key: Optional[str] = None,
        *,
        exact: bool = False,
        retries: int = 4,
        timeout: float = 120,
        session: Optional[requests.Session] = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`exact` makes decimals decimal.Decimal, otherwise they are floats. `timeout` is in seconds without a byte."""
        self.url = url.rstrip("/")
        self.exact = exact
        self._retries = retries
        self._timeout = timeout
        self._sleep = sleep
        self._session = session or requests.Session()
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}

    def get(
        self, path: str, params: Mapping[str, Any], accept: str, last_event_id: Optional[str] = None
    ) -> requests.Response:
        """Sends one request, again where it was refused for now; raises a Problem otherwise."""
        names = re.findall(r"\{(\w+)\}", path)
        filled = path.format(**{name: quote(str(params[name]), safe="") for name in names})
        query = {name: _written(value) for name, value in params.items() if value is not None and name not in names}
        headers = {"Accept": accept, **self._headers, **({"Last-Event-ID": last_event_id} if last_event_id else {})}
        streams = accept == "text/event-stream"
        tries = 0
        while True:
            response = self._session.get(
                self.url + filled,
                params=query,
                headers=headers,
                timeout=min(self._timeout, SILENCE) if streams else self._timeout,
                stream=streams,
            )
            if response.ok:
                return response
            if response.status_code not in RETRIED or tries >= self._retries:
                raise _problem(response)
            asked = response.headers.get("Retry-After", "")
            # Grows, so that those who were refused together do not come back together for ever.
            self._sleep((int(asked) if asked.isdigit() else 0.5) * 2**tries)
            tries += 1

    def answer(self, path: str, params: Mapping[str, Any]) -> Dict[str, Any]:
        """The JSON of one request; numbers with a point are Decimal where the client is exact."""
        return self._json(self.get(path, params, "application/json").content)

    def _json(self, text: Union[str, bytes]) -> Dict[str, Any]:
        return json.loads(text, parse_float=Decimal if self.exact else float)

    def _events(
        self, path: str, params: Mapping[str, Any], row: str, last_event_id: Optional[str]
    ) -> Iterator[Event]:
        failures, retry = 0, 2.0
        while True:
            broken: requests.RequestException = requests.ConnectionError("The stream ended.")
            try:
                with self.get(path, params, "text/event-stream", last_event_id) as response:
                    for message in _messages(response):
                        failures = 0
                        retry = float(message.get("retry", retry * 1000)) / 1000
                        last_event_id = message.get("id", last_event_id)
                        name = message.get("event", "end")
                        if name == "end":  # It comes back by itself.
                            continue
                        data = self._json(message["data"])
                        typed = _typed(data, COLUMNS[row], self.exact) if name == "bar" else data
                        yield Event(name, typed, message.get("id"))
            except requests.RequestException as error:
                broken = error
            if failures >= self._retries:
                raise broken
            self._sleep(min(30, retry * 2**failures))
            failures += 1

    def _row(self, path: str, params: Mapping[str, Any], row: str) -> Any:
        data = self.answer(path, params)["data"]
        return None if data is None else _typed(data, COLUMNS[row], self.exact)


class Rows:
    """The rows of a list. Nothing is sent before they are read: by `for`, by pages, or as one DataFrame."""

    def __init__(
        self, client: Client, path: str, params: Mapping[str, Any], row: str, page_rows: Optional[int]
    ) -> None:
        self._client = client
        self._path = path
        self._params = dict(params)
        self._columns = COLUMNS[row]
        self._page_rows = page_rows

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        for page in self.pages():
            yield from page["data"]

    def pages(self) -> Iterator[Dict[str, Any]]:
        """Each page with its `data` and `meta`; one is asked for when the one before was taken."""
        left = self._params.get("limit")
        token = None
        while True:
            params = self._page(left, token)
            page = self._client.answer(self._path, params)
            page["data"] = [_typed(row, self._columns, self._client.exact) for row in page["data"]]
            yield page
            token = page.get("next_page_token")
            left = None if left is None else left - len(page["data"])
            if token is None or left == 0:
                return

    def frame(self) -> pd.DataFrame:
        """All rows, or as many as `limit` says: days and UTC instants as datetimes, integers that may be missing as
        Int64, decimals as float64, or as Decimal where the client is exact."""
        left = self._params.get("limit")
        token, frames = None, []
        while True:
            # Without a limit a list comes whole, in one request.
            params = self._params if left is None else self._page(left, token)
            response = self._client.get(self._path, params, "text/csv")
            frames.append(self._read(response.content))
            token = response.headers.get("X-Next-Page-Token")
            left = None if left is None or self._page_rows is None else left - len(frames[-1])
            if token is None or not left:
                return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)

    def _page(self, left: Optional[int], token: Optional[str]) -> Dict[str, Any]:
        if self._page_rows is None:
            return self._params
        limit = self._page_rows if left is None else min(left, self._page_rows)
        return {**self._params, "limit": limit, "page_token": token}

    def _read(self, content: bytes) -> pd.DataFrame:
        # Texts first: only what a column is decides what is made of it, never its values. A symbol may be called NA.
        frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_values=[""])
        # A column that the row does not name is of an indicator, a symbol or a series.
        return pd.DataFrame(
            {name: _column(frame[name], self._columns.get(name, "decimal"), self._client.exact) for name in frame}
        )


def _messages(response: requests.Response) -> Iterator[Dict[str, str]]:
    """Messages as the HTML standard writes them; comments are left out."""
    message: Dict[str, str] = {}
    for line in response.iter_lines(chunk_size=None):
        name, _, value = line.decode().partition(":")
        if line and name:
            message[name] = value.lstrip(" ")
        elif not line and message:
            yield message
            message = {}


def _column(texts: pd.Series, kind: str, exact: bool) -> pd.Series:
    if kind in ("day", "instant"):
        return _instants(texts, utc=kind == "instant")
    if kind in ("integer", "bigint"):
        # Not by way of a float, which has 53 bits.
        return pd.Series([pd.NA if pd.isna(text) else int(text) for text in texts], dtype="Int64", index=texts.index)
    if kind == "boolean":
        return texts.map({"true": True, "false": False}).astype("boolean")
    if kind == "decimal" and exact:
        return texts.map(Decimal, na_action="ignore").astype(object)
    if kind in ("decimal", "double"):
        return texts.astype("float64")
    if kind == "texts":
        return texts.map(lambda text: next(csv.reader([text])), na_action="ignore")
    return texts


def _instants(texts: pd.Series, utc: bool) -> pd.Series:
    try:
        return pd.to_datetime(texts, utc=utc)
    except pd.errors.OutOfBoundsDatetime:  # Nanoseconds reach from 1677 to 2262.
        return texts.map(_instant if utc else date.fromisoformat, na_action="ignore").astype(object)


def _typed(row: Dict[str, Any], columns: Mapping[str, str], exact: bool) -> Dict[str, Any]:
    """A row of JSON with days, instants and, where that is asked for, decimals."""
    make: Dict[str, Callable[[Any], Any]] = {"day": date.fromisoformat, "instant": _instant}
    if exact:
        make["decimal"] = Decimal
        make["double"] = float
    return {
        name: value if value is None or columns.get(name) not in make else make[columns[name]](value)
        for name, value in row.items()
    }


def _instant(text: str) -> datetime:
    whole, _, part = text.rstrip("Z").partition(".")
    at = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return at.replace(microsecond=int(part.ljust(6, "0"))) if part else at


def _written(value: Any) -> Any:
    """A value as the query string has it; an item with a comma is written in quotes, as in CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset, pd.Index, pd.Series)):
        return ",".join('"' + item.replace('"', '""') + '"' if re.search('[",]', item) else item for item in value)
    return value


def _problem(response: requests.Response) -> Problem:
    try:
        body = response.json()
        return PROBLEMS.get(body["code"], Problem)(response.status_code, body)
    except (ValueError, KeyError, TypeError):
        return Problem(response.status_code, {"detail": f"HTTP {response.status_code}: {response.text[:200]}"})


# --- generated from openapi.json: npm run generate ---


class UnknownParameter(Problem):
    code = "unknown_parameter"


class InvalidParameter(Problem):
    code = "invalid_parameter"


class LimitExceeded(Problem):
    code = "limit_exceeded"


class WindowTooLarge(Problem):
    code = "window_too_large"


class InvalidPageToken(Problem):
    code = "invalid_page_token"


class QueryTooComplex(Problem):
    code = "query_too_complex"


class InvalidQuery(Problem):
    code = "invalid_query"


class Unauthorized(Problem):
    code = "unauthorized"


class Forbidden(Problem):
    code = "forbidden"


class SymbolNotFound(Problem):
    code = "symbol_not_found"


class SeriesNotFound(Problem):
    code = "series_not_found"


class ArticleNotFound(Problem):
    code = "article_not_found"


class EventNotFound(Problem):
    code = "event_not_found"


class NotFound(Problem):
    code = "not_found"


class MethodNotAllowed(Problem):
    code = "method_not_allowed"


class NotAcceptable(Problem):
    code = "not_acceptable"


class RequestTimeout(Problem):
    code = "request_timeout"


class PreconditionFailed(Problem):
    code = "precondition_failed"


class PayloadTooLarge(Problem):
    code = "payload_too_large"


class UnsupportedMediaType(Problem):
    code = "unsupported_media_type"


class RangeNotSatisfiable(Problem):
    code = "range_not_satisfiable"


class RateLimited(Problem):
    code = "rate_limited"


class HeadersTooLarge(Problem):
    code = "headers_too_large"


class ClientClosedRequest(Problem):
    code = "client_closed_request"


class Internal(Problem):
    code = "internal"


class NotReady(Problem):
    code = "not_ready"


class Overloaded(Problem):
    code = "overloaded"


class DatabaseUnavailable(Problem):
    code = "database_unavailable"


class QueryTimeout(Problem):
    code = "query_timeout"


PROBLEMS: Dict[str, Type[Problem]] = {cls.code: cls for cls in Problem.__subclasses__()}

#: What each column of a row is.
COLUMNS: Dict[str, Dict[str, str]] = {
    "AggregateLag": {
        "name": "text",
        "materialized_through": "instant",
        "lag_seconds": "integer",
        "history_complete": "boolean",
        "last_refresh_at": "instant",
        "utc_days": "boolean",
    },
    "Article": {
        "id": "text",
        "title": "text",
        "description": "text",
        "url": "text",
        "source": "text",
        "author": "text",
        "published_at": "instant",
        "created_at": "instant",
        "content": "text",
    },
    "Bar": {
        "symbol": "text",
        "timestamp": "instant",
        "timeframe": "text",
        "open": "decimal",
        "high": "decimal",
        "low": "decimal",
        "close": "decimal",
        "volume": "bigint",
        "vwap": "decimal",
        "trades_count": "bigint",
        "source": "text",
        "created_at": "instant",
        "updated_at": "instant",
        "bars": "integer",
        "is_partial": "boolean",
    },
    "BoardRow": {
        "symbol": "text",
        "day": "day",
        "is_partial": "boolean",
        "is_stale": "boolean",
        "missed_sessions": "integer",
        "open": "decimal",
        "high": "decimal",
        "low": "decimal",
        "close": "decimal",
        "volume": "bigint",
        "previous_day": "day",
        "previous_close": "decimal",
        "change": "decimal",
        "change_percent": "double",
        "opening_gap_percent": "double",
        "relative_volume": "double",
        "return_5": "double",
        "return_21": "double",
        "return_63": "double",
        "return_252": "double",
        "return_ytd": "double",
        "high_52_week": "decimal",
        "low_52_week": "decimal",
        "sma_20": "double",
        "sma_50": "double",
        "sma_200": "double",
        "rsi_14": "double",
        "atr_14": "double",
        "volatility_20": "double",
    },
    "BreadthDay": {
        "day": "day",
        "symbols": "integer",
        "advancers": "integer",
        "decliners": "integer",
        "unchanged": "integer",
        "ad_line": "integer",
        "new_highs": "integer",
        "new_lows": "integer",
        "above_sma_200": "integer",
        "with_sma_200": "integer",
        "share_above_sma_200": "double",
    },
    "Catalog": {
        "as_of": "instant",
        "data_sets": "object",
        "schemas": "object",
    },
    "Chunk": {
        "name": "text",
        "range_start": "instant",
        "range_end": "instant",
        "is_compressed": "boolean",
        "total_bytes": "integer",
    },
    "ColumnFault": {
        "relation": "text",
        "column": "text",
        "type": "text",
    },
    "ComparedBar": {
        "symbol": "text",
        "day": "day",
        "close": "decimal",
        "value": "double",
        "is_partial": "boolean",
    },
    "Compression": {
        "enabled": "boolean",
        "chunks": "integer",
        "compressed_chunks": "integer",
        "compress_after": "text",
    },
    "ConnectionUse": {
        "used": "integer",
        "max": "integer",
        "own": "integer",
        "active": "integer",
        "waiting_for_lock": "integer",
        "idle_in_transaction": "integer",
    },
    "Coverage": {
        "symbol": "text",
        "calendar": "text",
        "expected_days": "integer",
        "present_days": "integer",
        "coverage": "double",
        "first_day": "day",
        "last_day": "day",
    },
    "DailyBar": {
        "symbol": "text",
        "day": "day",
        "open": "decimal",
        "high": "decimal",
        "low": "decimal",
        "close": "decimal",
        "volume": "bigint",
        "vwap": "decimal",
        "is_partial": "boolean",
    },
    "DataSet": {
        "name": "text",
        "schema": "text",
        "relation": "text",
        "available": "boolean",
        "rows": "integer",
        "first": "instant",
        "last": "instant",
        "lag_seconds": "integer",
        "state": "text",
        "expected_by": "instant",
        "timeframes": "texts",
        "sources": "texts",
        "refresh": "object",
        "compression": "object",
        "notes": "texts",
    },
    "DatabaseStatus": {
        "read_at": "instant",
        "server_version": "text",
        "timescaledb_version": "text",
        "database_bytes": "integer",
        "connections": "double",
        "tables": "object",
        "hypertables": "object",
        "chunks": "object",
        "jobs": "object",
        "aggregates": "object",
        "slowest_statements": "object",
        "upkeep": "double",
        "lock_holders": "object",
        "replication_slots": "object",
        "column_faults": "object",
        "odd_rows": "object",
        "retention": "object",
        "archive_readable": "boolean",
        "unseen": "object",
    },
    "DayCondition": {
        "symbol": "text",
        "day": "day",
        "condition": "text",
        "reason": "text",
        "bars": "integer",
        "missing_bars": "integer",
        "first_missing": "instant",
        "last_missing": "instant",
        "last_modified": "instant",
    },
    "DayReturn": {
        "day": "day",
        "return": "double",
    },
    "DrawdownEpisode": {
        "depth": "double",
        "peak": "day",
        "trough": "day",
        "recovery": "day",
        "length": "integer",
    },
    "EventValue": {
        "value": "text",
        "events": "integer",
        "first_event": "instant",
        "last_event": "instant",
    },
    "FinancialEvent": {
        "id": "text",
        "event_type": "text",
        "event_datetime": "instant",
        "event_name": "text",
        "description": "text",
        "impact_level": "integer",
        "symbol": "text",
        "currency": "text",
        "country": "text",
        "actual": "decimal",
        "forecast": "decimal",
        "previous": "decimal",
        "source": "text",
        "created_at": "instant",
    },
    "Freshness": {
        "materialized_through": "instant",
        "real_time": "boolean",
        "last_refresh_at": "instant",
        "history_complete": "boolean",
        "as_of": "instant",
        "note": "text",
    },
    "Gap": {
        "start": "day",
        "end": "day",
        "missing_days": "integer",
        "reason": "text",
    },
    "HypertableChunks": {
        "name": "text",
        "chunks": "integer",
        "compressed_chunks": "integer",
        "before_compression_bytes": "integer",
        "after_compression_bytes": "integer",
    },
    "Job": {
        "id": "integer",
        "name": "text",
        "relation": "text",
        "schedule_interval": "text",
        "config": "text",
        "last_started_at": "instant",
        "last_succeeded_at": "instant",
        "last_status": "text",
        "last_error": "text",
        "failures": "integer",
        "next_start_at": "instant",
    },
    "LockHolder": {
        "role": "text",
        "application": "text",
        "sessions": "integer",
        "locks": "integer",
    },
    "MarketSymbol": {
        "symbol": "text",
        "first_day": "day",
        "last_day": "day",
        "newest_day": "day",
        "days": "integer",
        "is_continuous": "boolean",
        "has_ended": "boolean",
        "price_decimals": "integer",
        "timeframes": "texts",
        "sources": "texts",
        "as_of": "instant",
    },
    "MonthReturn": {
        "month": "integer",
        "return": "double",
        "is_partial": "boolean",
    },
    "NewsSource": {
        "source": "text",
        "articles": "integer",
        "first_published": "instant",
        "last_published": "instant",
    },
    "Observation": {
        "date": "day",
        "value": "decimal",
        "is_preliminary": "boolean",
        "revision_date": "instant",
        "source": "text",
        "created_at": "instant",
        "updated_at": "instant",
        "revised_later": "boolean",
    },
    "OddRows": {
        "relation": "text",
        "future": "boolean",
        "infinite": "boolean",
    },
    "QualityFinding": {
        "start": "day",
        "end": "day",
        "finding": "text",
        "days": "integer",
        "change": "double",
        "market_change": "double",
        "times_usual": "double",
        "detail": "text",
    },
    "ReactionSession": {
        "session": "integer",
        "day": "day",
        "close": "decimal",
        "return": "double",
        "benchmark_return": "double",
        "abnormal_return": "double",
        "cumulated_return": "double",
        "t": "double",
    },
    "ReplicationSlot": {
        "name": "text",
        "active": "boolean",
        "log_status": "text",
        "retained_bytes": "integer",
    },
    "Retention": {
        "keep": "text",
        "paused": "boolean",
        "archived_through": "instant",
        "last_started_at": "instant",
        "last_finished_at": "instant",
        "last_error": "text",
    },
    "SchemaContents": {
        "name": "text",
        "empty": "boolean",
        "relations": "texts",
    },
    "SeriesEntry": {
        "series_id": "text",
        "first_date": "day",
        "last_date": "day",
        "observations": "integer",
        "frequency": "text",
        "undated_observations": "integer",
        "title": "text",
        "unit": "text",
    },
    "SeriesObservation": {
        "series_id": "text",
        "date": "day",
        "value": "decimal",
        "is_preliminary": "boolean",
        "revision_date": "instant",
        "source": "text",
        "created_at": "instant",
        "updated_at": "instant",
        "revised_later": "boolean",
    },
    "SlowStatement": {
        "query": "text",
        "calls": "integer",
        "total_ms": "double",
        "mean_ms": "double",
        "max_ms": "double",
        "rows": "integer",
    },
    "StudySession": {
        "session": "integer",
        "events": "integer",
        "mean_return": "double",
        "mean_benchmark": "double",
        "mean_abnormal": "double",
        "mean_cumulated": "double",
        "deviation": "double",
        "t": "double",
        "hit_rate": "double",
    },
    "SymbolStatistics": {
        "symbol": "text",
        "days": "integer",
        "unusable_days": "integer",
        "first_day": "day",
        "last_day": "day",
        "total_return": "double",
        "cagr": "double",
        "mean_return": "double",
        "volatility": "double",
        "periods_per_year": "integer",
        "skewness": "double",
        "kurtosis": "double",
        "positive_share": "double",
        "best_day": "object",
        "worst_day": "object",
        "current_drawdown": "double",
        "drawdowns": "object",
        "years": "object",
    },
    "TableSize": {
        "name": "text",
        "total_bytes": "integer",
        "index_bytes": "integer",
        "rows": "integer",
    },
    "Unseen": {
        "field": "text",
        "remedy": "text",
    },
    "Upkeep": {
        "archives": "boolean",
        "last_archived_at": "instant",
        "archive_failures": "integer",
        "last_archive_failure_at": "instant",
        "archive_fails": "boolean",
        "log_bytes": "integer",
        "oldest_transaction_seconds": "integer",
        "transaction_id_age": "integer",
        "sessions": "integer",
        "locks": "integer",
        "lock_slots": "integer",
    },
    "YearReturn": {
        "year": "integer",
        "return": "double",
        "is_partial": "boolean",
        "months": "object",
    },
}


class Tetra(Client):
    """Every route as a method."""

    def get_catalog(
        self,
    ) -> Dict[str, Any]:
        """What is in here: data sets with their ends, sources and state, and the schemas"""
        return self._row("/v1/catalog", {}, "Catalog")

    def list_symbols(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        search: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Symbols, the days of their history and what their bars are"""
        return Rows(self, "/v1/market-data/symbols", {"fields": fields, "search": search, "limit": limit}, "MarketSymbol", 1000)

    def get_symbol(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
    ) -> Dict[str, Any]:
        """One symbol, the days of its history and what its bars are"""
        return self._row("/v1/market-data/symbols/{symbol}", {"symbol": symbol, "fields": fields}, "MarketSymbol")

    def get_latest_bar(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        timeframe: Optional[str] = None,
    ) -> Optional[Dict[str, Any]]:
        """The newest bar of a symbol, whatever its age"""
        return self._row("/v1/market-data/latest/{symbol}", {"symbol": symbol, "fields": fields, "timeframe": timeframe}, "Bar")

    def list_latest_bars(
        self,
        symbols: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        timeframe: Optional[str] = None,
    ) -> Rows:
        """The newest bars of several symbols, in the order of the request"""
        return Rows(self, "/v1/market-data/latest", {"fields": fields, "timeframe": timeframe, "symbols": symbols}, "Bar", None)

    def list_bars(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        timeframe: Optional[str] = None,
        tz: Optional[str] = None,
        max_points: Optional[int] = None,
        source: Optional[str] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        indicators: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Bars of a symbol: stored ones, or those of an interval that are made of them"""
        return Rows(self, "/v1/market-data/bars/{symbol}", {"symbol": symbol, "fields": fields, "start": start, "end": end, "timeframe": timeframe, "tz": tz, "max_points": max_points, "source": source, "updated_after": updated_after, "sort": sort, "indicators": indicators, "limit": limit}, "Bar", 10000)

    def list_bars_of_symbols(
        self,
        symbols: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        timeframe: Optional[str] = None,
        tz: Optional[str] = None,
        max_points: Optional[int] = None,
        source: Optional[str] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        indicators: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Bars of several symbols, symbol by symbol in alphabetical order"""
        return Rows(self, "/v1/market-data/bars", {"fields": fields, "start": start, "end": end, "timeframe": timeframe, "tz": tz, "max_points": max_points, "source": source, "updated_after": updated_after, "sort": sort, "indicators": indicators, "limit": limit, "symbols": symbols}, "Bar", 10000)

    def stream_bars(
        self,
        symbols: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        last_event_id: Optional[str] = None,
    ) -> Iterator[Event]:
        """The newest bar of several symbols, and each further one as soon as it is there"""
        return self._events("/v1/market-data/stream", {"symbols": symbols, "fields": fields}, "Bar", last_event_id)

    def list_daily_bars(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        indicators: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Daily bars of a symbol, from the continuous aggregate"""
        return Rows(self, "/v1/market-data/daily/{symbol}", {"symbol": symbol, "fields": fields, "start": start, "end": end, "updated_after": updated_after, "sort": sort, "indicators": indicators, "limit": limit}, "DailyBar", 10000)

    def list_market_day(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        indicators: Optional[str] = None,
        limit: Optional[int] = None,
        date: Optional[Union[str, date, datetime]] = None,
        symbols: Optional[Union[str, Sequence[str]]] = None,
        layout: Optional[Literal["long", "wide"]] = None,
        field: Optional[Literal["open", "high", "low", "close", "volume", "vwap"]] = None,
    ) -> Rows:
        """The daily bars of the whole market on one day, or of several symbols over a window"""
        return Rows(self, "/v1/market-data/daily", {"fields": fields, "start": start, "end": end, "updated_after": updated_after, "sort": sort, "indicators": indicators, "limit": limit, "date": date, "symbols": symbols, "layout": layout, "field": field}, "DailyBar", 10000)

    def list_gaps(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        calendar: Optional[Literal["weekdays", "observed", "xnys", "all"]] = None,
    ) -> Rows:
        """Days of a symbol that ought to have a bar and have none"""
        return Rows(self, "/v1/market-data/gaps/{symbol}", {"symbol": symbol, "fields": fields, "start": start, "end": end, "calendar": calendar}, "Gap", None)

    def list_coverage(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        calendar: Optional[Literal["weekdays", "observed", "xnys", "all"]] = None,
        limit: Optional[int] = None,
        symbols: Optional[Union[str, Sequence[str]]] = None,
    ) -> Rows:
        """How complete the days of each symbol are"""
        return Rows(self, "/v1/market-data/gaps", {"fields": fields, "start": start, "end": end, "calendar": calendar, "limit": limit, "symbols": symbols}, "Coverage", 1000)

    def list_snapshots(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        symbols: Optional[Union[str, Sequence[str]]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Where every symbol stands: its last daily bar beside those before it"""
        return Rows(self, "/v1/market-data/snapshots", {"fields": fields, "symbols": symbols, "limit": limit}, "BoardRow", 10000)

    def list_movers(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        by: Optional[Literal["change_percent", "volume", "relative_volume", "gap"]] = None,
        direction: Optional[Literal["up", "down"]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """The symbols that moved most in the newest session"""
        return Rows(self, "/v1/market-data/movers", {"fields": fields, "by": by, "direction": direction, "limit": limit}, "BoardRow", None)

    def screen_symbols(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        where: Optional[str] = None,
        sort: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """The symbols that meet some conditions on the board"""
        return Rows(self, "/v1/market-data/screen", {"fields": fields, "where": where, "sort": sort, "limit": limit}, "BoardRow", 10000)

    def list_breadth(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """How many symbols rose and fell in each session of the market"""
        return Rows(self, "/v1/market-data/breadth", {"fields": fields, "start": start, "end": end, "limit": limit}, "BreadthDay", 10000)

    def compare_symbols(
        self,
        symbols: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        base: Optional[int] = None,
        benchmark: Optional[str] = None,
        align: Optional[Literal["inner", "outer"]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Symbols side by side: closes from a common base, what each did, and how they move together"""
        return Rows(self, "/v1/market-data/compare", {"fields": fields, "symbols": symbols, "start": start, "end": end, "base": base, "benchmark": benchmark, "align": align, "limit": limit}, "ComparedBar", 10000)

    def get_statistics(
        self,
        symbol: str,
        *,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        drawdowns: Optional[int] = None,
    ) -> Dict[str, Any]:
        """Returns, volatility, drawdowns, calendar years and months of a symbol"""
        return self._row("/v1/market-data/statistics/{symbol}", {"symbol": symbol, "start": start, "end": end, "drawdowns": drawdowns}, "SymbolStatistics")

    def list_conditions(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        calendar: Optional[Literal["weekdays", "observed", "xnys", "all"]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """In what condition the bars of a symbol are, day by day"""
        return Rows(self, "/v1/market-data/condition/{symbol}", {"symbol": symbol, "fields": fields, "start": start, "end": end, "calendar": calendar, "limit": limit}, "DayCondition", 10000)

    def list_conditions_of_symbols(
        self,
        symbols: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        calendar: Optional[Literal["weekdays", "observed", "xnys", "all"]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """In what condition the bars of several symbols are, day by day"""
        return Rows(self, "/v1/market-data/condition", {"fields": fields, "start": start, "end": end, "calendar": calendar, "limit": limit, "symbols": symbols}, "DayCondition", 10000)

    def list_findings(
        self,
        symbol: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
    ) -> Rows:
        """What is suspect of the bars of a symbol"""
        return Rows(self, "/v1/market-data/quality/{symbol}", {"symbol": symbol, "fields": fields, "start": start, "end": end}, "QualityFinding", None)

    def list_series(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        search: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Series and the extent of their observations"""
        return Rows(self, "/v1/economic-data/series", {"fields": fields, "search": search, "limit": limit}, "SeriesEntry", 1000)

    def get_series(
        self,
        id: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
    ) -> Dict[str, Any]:
        """A series and the extent of its observations"""
        return self._row("/v1/economic-data/series/{id}", {"id": id, "fields": fields}, "SeriesEntry")

    def list_observations(
        self,
        id: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        units: Optional[Literal["lin", "chg", "ch1", "pch", "pc1", "pca", "cch", "cca", "log"]] = None,
        frequency: Optional[Literal["d", "w", "wem", "wetu", "wew", "weth", "wef", "wesa", "wesu", "bw", "bwew", "bwem", "m", "q", "sa", "a"]] = None,
        aggregation_method: Optional[Literal["avg", "sum", "eop"]] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        as_of: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """Observations of a series: levels or changes, at its own or a lower frequency"""
        return Rows(self, "/v1/economic-data/series/{id}/observations", {"id": id, "fields": fields, "start": start, "end": end, "units": units, "frequency": frequency, "aggregation_method": aggregation_method, "updated_after": updated_after, "as_of": as_of, "sort": sort, "limit": limit}, "Observation", 10000)

    def list_observations_of_series(
        self,
        series: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        units: Optional[Literal["lin", "chg", "ch1", "pch", "pc1", "pca", "cch", "cca", "log"]] = None,
        frequency: Optional[Literal["d", "w", "wem", "wetu", "wew", "weth", "wef", "wesa", "wesu", "bw", "bwew", "bwem", "m", "q", "sa", "a"]] = None,
        aggregation_method: Optional[Literal["avg", "sum", "eop"]] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        as_of: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        limit: Optional[int] = None,
        layout: Optional[Literal["long", "wide"]] = None,
        align: Optional[Literal["outer", "inner", "locf"]] = None,
    ) -> Rows:
        """Observations of several series, one after the other or side by side"""
        return Rows(self, "/v1/economic-data/observations", {"fields": fields, "start": start, "end": end, "units": units, "frequency": frequency, "aggregation_method": aggregation_method, "updated_after": updated_after, "as_of": as_of, "sort": sort, "limit": limit, "series": series, "layout": layout, "align": align}, "SeriesObservation", 10000)

    def list_articles(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        q: Optional[str] = None,
        search_in: Optional[Union[str, Sequence[str]]] = None,
        symbol: Optional[str] = None,
        sources: Optional[Union[str, Sequence[str]]] = None,
        author: Optional[str] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        sort_by: Optional[Literal["published_at", "relevance"]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        include_content: Optional[bool] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """News articles, in the order of time or best match first"""
        return Rows(self, "/v1/news", {"fields": fields, "q": q, "search_in": search_in, "symbol": symbol, "sources": sources, "author": author, "start": start, "end": end, "updated_after": updated_after, "sort_by": sort_by, "sort": sort, "include_content": include_content, "limit": limit}, "Article", 500)

    def list_news_sources(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """The sources of the articles inside a window, in alphabetical order"""
        return Rows(self, "/v1/news/sources", {"fields": fields, "start": start, "end": end, "limit": limit}, "NewsSource", 1000)

    def get_article(
        self,
        id: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
    ) -> Dict[str, Any]:
        """One article with its text"""
        return self._row("/v1/news/{id}", {"id": id, "fields": fields}, "Article")

    def study_events(
        self,
        event_type: Union[str, Sequence[str]],
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        before: Optional[int] = None,
        after: Optional[int] = None,
        benchmark: Optional[str] = None,
        symbols: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
    ) -> Rows:
        """What happens around events of a kind, session by session"""
        return Rows(self, "/v1/events/study", {"fields": fields, "before": before, "after": after, "benchmark": benchmark, "event_type": event_type, "symbols": symbols, "start": start, "end": end}, "StudySession", None)

    def get_reaction(
        self,
        id: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        before: Optional[int] = None,
        after: Optional[int] = None,
        benchmark: Optional[str] = None,
        symbol: Optional[str] = None,
    ) -> Rows:
        """What a symbol did around an event, session by session"""
        return Rows(self, "/v1/events/{id}/reaction", {"id": id, "fields": fields, "before": before, "after": after, "benchmark": benchmark, "symbol": symbol}, "ReactionSession", None)

    def list_events(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        sort: Optional[Literal["asc", "desc"]] = None,
        min_impact: Optional[int] = None,
        updated_after: Optional[Union[str, date, datetime]] = None,
        limit: Optional[int] = None,
        event_type: Optional[Union[str, Sequence[str]]] = None,
        country: Optional[Union[str, Sequence[str]]] = None,
        currency: Optional[Union[str, Sequence[str]]] = None,
        symbol: Optional[str] = None,
    ) -> Rows:
        """Financial events in the order of time"""
        return Rows(self, "/v1/events", {"fields": fields, "start": start, "end": end, "sort": sort, "min_impact": min_impact, "updated_after": updated_after, "limit": limit, "event_type": event_type, "country": country, "currency": currency, "symbol": symbol}, "FinancialEvent", 1000)

    def list_event_types(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """The types of the events inside a window, in alphabetical order"""
        return Rows(self, "/v1/events/types", {"fields": fields, "start": start, "end": end, "limit": limit}, "EventValue", 1000)

    def list_event_countries(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """The countries of the events inside a window, in alphabetical order"""
        return Rows(self, "/v1/events/countries", {"fields": fields, "start": start, "end": end, "limit": limit}, "EventValue", 1000)

    def list_event_currencies(
        self,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
        start: Optional[Union[str, date, datetime]] = None,
        end: Optional[Union[str, date, datetime]] = None,
        limit: Optional[int] = None,
    ) -> Rows:
        """The currencies of the events inside a window, in alphabetical order"""
        return Rows(self, "/v1/events/currencies", {"fields": fields, "start": start, "end": end, "limit": limit}, "EventValue", 1000)

    def get_event(
        self,
        id: str,
        *,
        fields: Optional[Union[str, Sequence[str]]] = None,
    ) -> Dict[str, Any]:
        """One event"""
        return self._row("/v1/events/{id}", {"id": id, "fields": fields}, "FinancialEvent")

    def get_database_status(
        self,
    ) -> Dict[str, Any]:
        """How the database is: sizes, chunks, compression, jobs, lag, slowest statements, connections"""
        return self._row("/v1/monitoring/database", {}, "DatabaseStatus")


# --- end of what is generated ---
