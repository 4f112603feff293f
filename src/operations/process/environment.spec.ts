import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../config/config.js';
import { readEnvironment } from './environment.js';

describe('variables that nobody reads', () => {
  it.each([
    ['DATABASE_POOLSIZE', 'DATABASE_POOL_SIZE'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['API_KEY_FILE', 'API_KEYS_FILE'],
    ['DATABASE_HOST', 'DATABASE_URL'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['database_url', 'DATABASE_URL'],
    ['DATABASE_PASSWORD', 'DATABASE_PASSWORD_FILE'],
    ['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT_MS'],
  ])('has no %s, and says that %s was most likely meant', (name, meant) => {
    expect(() => readEnvironment({ [name]: 'secret' })).toThrow(
      new ConfigError(`${name} is no variable of this server: did you mean ${meant}?`),
    );
    expect(readEnvironment({ [name]: '' })).toBeDefined();
  });

  it('leaves what is named otherwise to whom it belongs', () => {
    const env = {
      HTTP_PROXY: 'x',
      OTEL_EXPORTER_OTLP_HEADERS: 'x',
      HTTPS_PROXY: 'x',
      NO_PROXY: 'x',
      http_proxy: 'x',
      PATH: 'x',
      HOME: 'x',
      HOSTNAME: 'x',
    };
    const more = {
      REDIS_PORT: '1',
      POSTGRES_PORT: '1',
      POSTGRES_DB: 'x',
      LOG_DIR: 'x',
      NODE_ENV: 'x',
      NODE_OPTIONS: 'x',
    };
    const links = {
      DATABASE_PORT: 'tcp://10.0.0.1:5432',
      DATABASE_PORT_5432_TCP_ADDR: 'x',
      DATABASE_SERVICE_HOST: 'x',
    };
    const ours = {
      DATABASE_ADMIN_URL: 'x',
      TETRA_READER_PASSWORD: 'x',
      TETRA_FAULTS_FIGURES: 'x',
      PGPASSWORD: 'x',
      OTEL_RESOURCE_ATTRIBUTES: 'x',
    };
    expect(readEnvironment({ ...env, ...more, ...links, ...ours })).toBeDefined();
  });
});
