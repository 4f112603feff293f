# R as an analyst uses it: read.csv, a date column, a time series.
url <- commandArgs(trailingOnly = TRUE)[1]
daily <- read.csv(paste0(url, "/v1/market-data/daily/%5EGSPC?start=2000-01-01&format=csv"))
daily$day <- as.Date(daily$day)
bars <- read.csv(paste0(url, "/v1/market-data/bars/%5EGSPC?start=2019-01-01&end=2019-01-31&format=csv"))
at <- as.POSIXct(bars$timestamp, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")
cat(sprintf('{"rows": %d, "last": "%s", "close": "%s", "instants": %s}\n',
  nrow(daily), max(daily$day), class(daily$close), tolower(as.character(!anyNA(at)))))
