import { describe, expect, it } from '@jest/globals';
import { ConfigError, corsOrigins, loadConfig, tracesEndpoint } from './config.js';

describe('the environment', () => {
  it('has a default for everything', () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ PORT: 3000, HOST: '127.0.0.1', DATABASE_POOL_SIZE: 20 });
    expect(config.DATABASE_URL).toBeUndefined();
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    [{ PORT: '80x' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ PORT: '-1' }, 'PORT'],
    [{ DATABASE_URL: 'mysql://secret@host/db' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'not a url' }, 'DATABASE_URL'],
    [{ DATABASE_POOL_SIZE: '0' }, 'DATABASE_POOL_SIZE'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'secret:4317' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'secret' }, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'OTEL_TRACES_SAMPLER'],
    [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }, 'OTEL_TRACES_SAMPLER_ARG'],
    [{ DATABASE_POOL_PRE_PING: 'constructor' }, 'DATABASE_POOL_PRE_PING'],
    ...['https://dash.example/', 'https://dash.example/page', 'dash.example', 'HTTPS://dash.example']
      .concat([
        'https://Dash.example',
        'https://dash.example:443',
        'https://u:secret@dash.example',
        'https://*.example',
      ])
      .map((origin) => [{ CORS_ORIGINS: `https://good.example,${origin}` }, 'CORS_ORIGINS'] as const),
  ])('%j is refused in one line that names the variable and not its value', (env, name) => {
    const refused = (): unknown => loadConfig(env);
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(name);
    expect(refused).not.toThrow(/secret|\n/);
  });

  it('takes origins as browsers send them, and says how to write the others', () => {
    const good = [
      '*',
      'https://dash.example',
      'http://localhost:5173',
      'http://[::1]:8080',
      'null',
      'tauri://localhost',
    ];
    expect(corsOrigins(loadConfig({ CORS_ORIGINS: ` ${good.join(' , ')}` }))).toEqual(good);
    expect(() => loadConfig({ CORS_ORIGINS: 'HTTP://Host:5173/a' })).toThrow('such as http://host:5173');
  });

  it.each([
    [{}, null],
    [{ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, null],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:1', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://d/in' }, 'https://d/in'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }, null],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }, null],
  ])('%j sends traces to %s', (env, endpoint) => {
    expect(tracesEndpoint(loadConfig(env))).toBe(endpoint);
  });
});
