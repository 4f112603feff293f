import plugin from '@fastify/compress';
import { constants } from 'node:zlib';
import type { Stage } from './stage.js';

/** Compresses an answer with what its client takes. */
export function compression(): Stage {
  return {
    name: 'compression',
    plugin: (http) =>
      http.register(plugin, {
        encodings: ['zstd', 'br', 'gzip'],
        threshold: 1024,
        // As the plugin has it, and NDJSON, Arrow, feeds and scripts. Parquet is compressed in itself.
        customTypes: /^text\/(?!event-stream)|[+/](x-nd)?json(;|$)|[+/]xml(;|$)|javascript|apache\.arrow/,
        globalDecompression: false,
        inflateIfDeflated: false,
        // A page of numbers shrinks to a fifth at the lowest level; each further one costs more than the whole request.
        brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } },
        zlibOptions: { level: 1 },
      }),
  };
}
