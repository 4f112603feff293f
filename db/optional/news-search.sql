-- NOT applied by default: the indexes that make news searches fast. The API finds and uses them within a minute.
-- They cost about the size of the articles once more on disk, and a few milliseconds for each article that is written.
-- Without them a search reads the articles of its window, which bounds how long the window may be.
-- Run it outside a transaction: psql -X -v ON_ERROR_STOP=1 -f db/optional/news-search.sql
-- The numbers in the names belong to the expressions; drop indexes with other numbers.

CREATE INDEX CONCURRENTLY IF NOT EXISTS news_articles_english_1 ON news.news_articles
USING gin ((
  setweight(to_tsvector('english', case when octet_length(left(title, 10000)) = length(left(title, 10000)) then left(title, 10000) else regexp_replace(replace(translate(normalize(regexp_replace(normalize(left(title, 10000), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'), '([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])', ' \1 ', 'g') end), 'A')
  || setweight(to_tsvector('english', case when octet_length(left(coalesce(description, ''), 10000)) = length(left(coalesce(description, ''), 10000)) then left(coalesce(description, ''), 10000) else regexp_replace(replace(translate(normalize(regexp_replace(normalize(left(coalesce(description, ''), 10000), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'), '([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])', ' \1 ', 'g') end), 'B')
  || setweight(to_tsvector('english', case when octet_length(left(coalesce(content, ''), 100000)) = length(left(coalesce(content, ''), 100000)) then left(coalesce(content, ''), 100000) else regexp_replace(replace(translate(normalize(regexp_replace(normalize(left(coalesce(content, ''), 100000), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'), '([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])', ' \1 ', 'g') end), 'C')
));

CREATE INDEX CONCURRENTLY IF NOT EXISTS news_articles_words_1 ON news.news_articles
USING gin ((
  setweight(to_tsvector('simple', translate(case when octet_length(left(title, 10000)) = length(left(title, 10000)) then left(title, 10000) else regexp_replace(replace(translate(normalize(regexp_replace(normalize(left(title, 10000), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'), '([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])', ' \1 ', 'g') end, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                ')), 'A')
  || setweight(to_tsvector('simple', translate(case when octet_length(left(coalesce(description, ''), 10000)) = length(left(coalesce(description, ''), 10000)) then left(coalesce(description, ''), 10000) else regexp_replace(replace(translate(normalize(regexp_replace(normalize(left(coalesce(description, ''), 10000), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'), '([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])', ' \1 ', 'g') end, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                ')), 'B')
  || setweight(to_tsvector('simple', translate(case when octet_length(left(coalesce(content, ''), 100000)) = length(left(coalesce(content, ''), 100000)) then left(coalesce(content, ''), 100000) else regexp_replace(replace(translate(normalize(regexp_replace(normalize(left(coalesce(content, ''), 100000), NFKD), '[\u0300-\u036f]', '', 'g'), NFKC), 'øØłŁđĐ', 'oOlLdD'), 'ß', 'ss'), '([\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff])', ' \1 ', 'g') end, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                ')), 'C')
));

ANALYZE news.news_articles;
