# Indicators against TTR, and bars of longer intervals against xts: greatest relative difference, and what differs.
suppressMessages({ library(TTR); library(xts) })
url <- commandArgs(trailingOnly = TRUE)[1]
index <- paste0(url, "/v1/market-data")
asked <- "sma(20),ema(12),ema(26),rsi(14),macd(12,26,9),bbands(20,2),atr(14),volatility(20),drawdown"
o <- read.csv(paste0(index, "/daily/%5EGSPC?start=2000-01-01&format=csv&indicators=", asked))
bands <- BBands(o$close, 20, sd = 2)
macd <- MACD(o$close, 12, 26, 9, maType = "EMA", percent = FALSE)
# TTR takes n - 1 returns for volatility(n); ours takes n of them.
theirs <- list(
  sma_20 = SMA(o$close, 20), ema_12 = EMA(o$close, 12), ema_26 = EMA(o$close, 26), rsi_14 = RSI(o$close, 14),
  macd_12_26_9 = macd[, "macd"], macd_signal_12_26_9 = macd[, "signal"],
  bbands_upper_20_2 = bands[, "up"], bbands_middle_20_2 = bands[, "mavg"], bbands_lower_20_2 = bands[, "dn"],
  atr_14 = ATR(o[, c("high", "low", "close")], 14)[, "atr"],
  volatility_20 = volatility(o$close, n = 21, calc = "close", N = 252),
  drawdown = o$close / cummax(o$close) - 1)
# Relative to the size of the prices where a value crosses zero.
scale <- function(name) if (grepl("macd", name)) mean(o$close) / 100 else 0
differs <- sapply(names(theirs), function(name) {
  a <- o[[name]]; b <- as.numeric(theirs[[name]])
  if (any(is.na(a) != is.na(b))) return(Inf)
  ok <- !is.na(b)
  max(abs(a[ok] - b[ok]) / pmax(abs(b[ok]), scale(name), 1e-12))
})
series <- xts(o[, c("open", "high", "low", "close", "volume")], as.Date(o$day))
periods <- sapply(c("1w" = "weeks", "1mo" = "months", "1q" = "quarters", "1y" = "years"), function(period) {
  timeframe <- c(weeks = "1w", months = "1mo", quarters = "1q", years = "1y")[[period]]
  ours <- read.csv(paste0(index, "/bars/%5EGSPC?format=csv&timeframe=", timeframe))
  made <- as.matrix(to.period(series, period))
  same <- nrow(made) == nrow(ours) && all(abs(made - as.matrix(ours[, c("open", "high", "low", "close", "volume")])) < 1e-9)
  if (same) nrow(ours) else -1
})
cat(sprintf('{"greatest": %s, "of": "%s", "weeks": %d, "months": %d, "quarters": %d, "years": %d}\n',
  format(max(differs), scientific = TRUE), names(which.max(differs)),
  periods[["1w"]], periods[["1mo"]], periods[["1q"]], periods[["1y"]]))
