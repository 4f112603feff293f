-- The four tables, with their indexes and constraints. What is there already is left as it is.
CREATE TABLE IF NOT EXISTS market_data.ohlcv (
    id UUID DEFAULT gen_random_uuid(),
    symbol VARCHAR(20) NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    open NUMERIC(20, 8) NOT NULL CHECK (open > 0),
    high NUMERIC(20, 8) NOT NULL CHECK (high > 0),
    low NUMERIC(20, 8) NOT NULL CHECK (low > 0),
    close NUMERIC(20, 8) NOT NULL CHECK (close > 0),
    volume BIGINT NOT NULL CHECK (volume >= 0),
    vwap NUMERIC(20, 8),
    trades_count INTEGER,
    timeframe VARCHAR(10) NOT NULL,
    source VARCHAR(50) NOT NULL,
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW(),
    PRIMARY KEY (symbol, timestamp),
    CONSTRAINT uq_ohlcv_symbol_time UNIQUE (symbol, timestamp)
);

CREATE INDEX IF NOT EXISTS idx_ohlcv_symbol_time ON market_data.ohlcv (symbol, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_ohlcv_timestamp ON market_data.ohlcv (timestamp DESC);

-- ADD CONSTRAINT has no IF NOT EXISTS.
DO $$
DECLARE
  bars CONSTANT regclass := 'market_data.ohlcv';
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('chk_high_low', 'CHECK (high >= low)'),
      ('chk_high_prices', 'CHECK (high >= open AND high >= close)'),
      ('chk_low_prices', 'CHECK (low <= open AND low <= close)')
    ) AS checks (name, condition)
    WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = bars AND c.conname = checks.name)
  LOOP
    EXECUTE format('ALTER TABLE market_data.ohlcv ADD CONSTRAINT %I %s', wanted.name, wanted.condition);
  END LOOP;
END
$$;

CREATE TABLE IF NOT EXISTS economic_data.economic_data (
    id UUID DEFAULT gen_random_uuid(),
    symbol VARCHAR(50) NOT NULL, -- FRED symbol (e.g., GDPC1)
    date TIMESTAMPTZ NOT NULL,
    value NUMERIC(20, 8) NOT NULL,
    is_preliminary BOOLEAN DEFAULT FALSE,
    revision_date TIMESTAMPTZ,
    source VARCHAR(50) NOT NULL DEFAULT 'FRED',
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW(),
    PRIMARY KEY (symbol, date),
    CONSTRAINT uq_econ_symbol_date UNIQUE (symbol, date)
);

CREATE INDEX IF NOT EXISTS idx_econ_symbol_date ON economic_data.economic_data (symbol, date DESC);
CREATE INDEX IF NOT EXISTS idx_econ_date ON economic_data.economic_data (date DESC);

CREATE TABLE IF NOT EXISTS news.news_articles (
    id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
    title TEXT NOT NULL,
    description TEXT,
    content TEXT,
    url TEXT UNIQUE NOT NULL,
    source VARCHAR(100),
    author VARCHAR(200),
    published_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT NOW()
);

CREATE INDEX IF NOT EXISTS idx_news_published ON news.news_articles (published_at DESC);
CREATE INDEX IF NOT EXISTS idx_news_source ON news.news_articles (source);

CREATE TABLE IF NOT EXISTS events.event_data (
    id UUID DEFAULT gen_random_uuid() PRIMARY KEY,
    event_type VARCHAR(50) NOT NULL,
    event_datetime TIMESTAMPTZ NOT NULL,
    event_name VARCHAR(200) NOT NULL,
    description TEXT,
    impact_level INTEGER CHECK (impact_level BETWEEN 1 AND 4),
    symbol VARCHAR(20),
    currency VARCHAR(10),
    country VARCHAR(10),
    actual NUMERIC(20, 8),
    forecast NUMERIC(20, 8),
    previous NUMERIC(20, 8),
    source VARCHAR(50) NOT NULL,
    created_at TIMESTAMPTZ DEFAULT NOW()
);

CREATE INDEX IF NOT EXISTS idx_events_datetime ON events.event_data (event_datetime DESC);
CREATE INDEX IF NOT EXISTS idx_events_symbol ON events.event_data (symbol);
CREATE INDEX IF NOT EXISTS idx_events_type ON events.event_data (event_type);
