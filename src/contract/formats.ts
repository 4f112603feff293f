import { Format } from '../sql/format.js';

/** How a format is asked for and sent. */
interface FormatOfAnswers {
  /** What `Accept` asks for it by; formats that share one are told apart by `format`. */
  readonly mediaType: string;
  readonly contentType: string;
  /** Whether a client reads the whole and follows no pages, so that it comes as a stream where no limit is given. */
  readonly streams: boolean;
  /** The ending of a file that a browser saves; null where it shows the answer instead. */
  readonly fileEnding: string | null;
}

const JSON_TYPE = { mediaType: 'application/json', contentType: 'application/json; charset=utf-8' };

/** The one table of formats, the preferred one first. */
export const FORMATS: Record<Format, FormatOfAnswers> = {
  json: { ...JSON_TYPE, streams: false, fileEnding: null },
  columns: { ...JSON_TYPE, streams: false, fileEnding: null },
  csv: {
    mediaType: 'text/csv',
    contentType: 'text/csv; charset=utf-8; header=present',
    streams: true,
    fileEnding: 'csv',
  },
  ndjson: {
    mediaType: 'application/x-ndjson',
    contentType: 'application/x-ndjson; charset=utf-8',
    streams: true,
    fileEnding: null,
  },
  arrow: {
    mediaType: 'application/vnd.apache.arrow.stream',
    contentType: 'application/vnd.apache.arrow.stream',
    streams: true,
    fileEnding: 'arrows',
  },
  parquet: {
    mediaType: 'application/vnd.apache.parquet',
    contentType: 'application/vnd.apache.parquet',
    streams: true,
    fileEnding: 'parquet',
  },
  ics: {
    mediaType: 'text/calendar',
    contentType: 'text/calendar; charset=utf-8',
    streams: true,
    fileEnding: 'ics',
  },
  atom: {
    mediaType: 'application/atom+xml',
    contentType: 'application/atom+xml; charset=utf-8',
    streams: false,
    fileEnding: null,
  },
};

/** The format that each media type means: the first that has it. */
export const FORMAT_BY_MEDIA_TYPE: ReadonlyMap<string, Format> = byMediaType();

const OFFERED = new WeakMap<readonly Format[], readonly string[]>();

/** The media types of some formats, the preferred one first; made once for each list. */
export function mediaTypesOf(formats: readonly Format[]): readonly string[] {
  let offered = OFFERED.get(formats);
  if (!offered) OFFERED.set(formats, (offered = [...new Set(formats.map((format) => FORMATS[format].mediaType))]));
  return offered;
}

function byMediaType(): Map<string, Format> {
  const found = new Map<string, Format>();
  for (const format of Object.values(Format)) {
    const { mediaType } = FORMATS[format];
    if (!found.has(mediaType)) found.set(mediaType, format);
  }
  return found;
}
