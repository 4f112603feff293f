-- The whole history once: the policy's window is three days, and what it leaves behind would not be seen.
-- It is CALL refresh_continuous_aggregate('market_data.ohlcv_daily', NULL, NULL), save where 050 found a reason to begin
-- later. Alone in its file: it cannot run inside a transaction.
CALL refresh_continuous_aggregate('market_data.ohlcv_daily',
  nullif(current_setting('tetra.refresh_from', true), '')::timestamptz, NULL);
