import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { load as parseYaml } from 'js-yaml';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { Config, loadConfig } from '../../src/config/config.js';

type Tree = Record<string, unknown>;
const root = new URL('../../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const at = (tree: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], tree);

/** Every variable that the API reads; others in a manifest would do nothing. */
const variables = new Set([...Object.keys(new Config()), 'DATABASE_URL', 'PGPASSWORD']);

describe('deploy/kubernetes', () => {
  const manifests = new Map(
    readdirSync(new URL('deploy/kubernetes', root)).map((name) => {
      const tree = parseYaml(read(`deploy/kubernetes/${name}`)) as Tree;
      return [String(tree.kind), tree];
    }),
  );
  const deployment = manifests.get('Deployment');
  const pod = at(deployment, 'spec', 'template', 'spec');
  const container = at(pod, 'containers', 0);
  const env = new Map(
    (at(container, 'env') as { name: string; value?: string }[]).map(({ name, value }) => [name, value]),
  );
  let app: NestFastifyApplication;

  beforeAll(async () => {
    app = await createApp({ url: 'postgres://nobody@127.0.0.1:1/none', config: loadConfig({ LOG_LEVEL: 'silent' }) });
    await app.init();
  });
  afterAll(() => app.close());

  it('sets only variables that the API reads, to values that it accepts', () => {
    expect([...env.keys()].filter((name) => !variables.has(name))).toEqual([]);
    const values = Object.fromEntries([...env].filter(([, value]) => value !== undefined)) as Record<string, string>;
    expect(loadConfig({ ...values, DATABASE_URL: 'postgres://tetra_reader@db/tetra' })).toMatchObject({
      METRICS_PORT: 9464,
    });
  });

  it('probes routes that are there', () => {
    const http = app.getHttpAdapter().getInstance();
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const path = at(container, probe, 'httpGet', 'path') as string;
      expect([probe, path, http.hasRoute({ method: 'GET', url: path })]).toEqual([probe, path, true]);
    }
    // A database that is down must not restart the process.
    const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((probe) =>
      at(container, probe, 'httpGet', 'path'),
    );
    expect(paths).toEqual(['/health/live', '/health/live', '/health/ready']);
  });

  it('drains before it ends, and ends before it is killed', () => {
    const [drain, hard] = ['SHUTDOWN_DRAIN_MS', 'SHUTDOWN_TIMEOUT_MS'].map((name) => Number(env.get(name)));
    expect(drain).toBeGreaterThan(5_000);
    // An export that has begun when it is told to end is sent to its end.
    expect(hard).toBeGreaterThan(drain! + new Config().DATABASE_EXPORT_TIMEOUT_MS);
    expect((at(pod, 'terminationGracePeriodSeconds') as number) * 1000).toBeGreaterThan(hard!);
    expect(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable')).toBe(0);
  });

  it('runs as nobody in particular, on a root that it cannot write to', () => {
    expect(at(pod, 'securityContext')).toMatchObject({ runAsNonRoot: true });
    expect(at(container, 'securityContext')).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const each of [...((at(pod, 'initContainers') as Tree[]) ?? []), ...(at(pod, 'containers') as Tree[])]) {
      expect(at(each, 'securityContext')).toMatchObject({
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(at(each, 'securityContext', 'privileged')).toBeUndefined();
    }
  });

  it('reads its password from a file of a secret', () => {
    expect([...env.keys()].filter((name) => /PASSWORD|KEY/.test(name))).toEqual(['DATABASE_PASSWORD_FILE']);
    const mount = at(container, 'volumeMounts', 0, 'mountPath') as string;
    expect(env.get('DATABASE_PASSWORD_FILE')).toBe(`${mount}/password`);
    expect(at(pod, 'volumes', 0)).toMatchObject({
      name: at(container, 'volumeMounts', 0, 'name'),
      secret: { secretName: 'tetra-database' },
    });
  });

  it('pins its image, spreads over zones and nodes, scales, and lets an ingress controller in', () => {
    expect(at(container, 'image')).toMatch(/:\d+\.\d+\.\d+/);
    const spread = at(pod, 'topologySpreadConstraints') as { topologyKey: string }[];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    const scaler = at(manifests.get('HorizontalPodAutoscaler'), 'spec');
    expect(at(scaler, 'scaleTargetRef', 'name')).toBe(at(deployment, 'metadata', 'name'));
    expect(at(scaler, 'minReplicas')).toBe(at(deployment, 'spec', 'replicas'));
    const from = at(manifests.get('NetworkPolicy'), 'spec', 'ingress', 0, 'from') as Tree[];
    expect(from.some((source) => 'namespaceSelector' in source)).toBe(true);
  });

  it('lets its pods out to names and the database only', () => {
    const policy = at(manifests.get('NetworkPolicy'), 'spec');
    expect(at(policy, 'policyTypes')).toContain('Egress');
    const egress = at(policy, 'egress') as { ports: { port: number }[] }[];
    expect(egress.map(({ ports }) => [...new Set(ports.map(({ port }) => port))])).toEqual([[53], [5432]]);
  });

  it('keeps a replica during maintenance, and selects its own pods everywhere', () => {
    const labels = at(deployment, 'spec', 'template', 'metadata', 'labels');
    expect(at(manifests.get('PodDisruptionBudget'), 'spec', 'minAvailable')).toBeLessThan(
      at(deployment, 'spec', 'replicas') as number,
    );
    expect(at(deployment, 'spec', 'selector', 'matchLabels')).toEqual(labels);
    expect(at(manifests.get('PodDisruptionBudget'), 'spec', 'selector', 'matchLabels')).toEqual(labels);
    expect(at(manifests.get('Service'), 'spec', 'selector')).toEqual(labels);
    expect(at(manifests.get('NetworkPolicy'), 'spec', 'podSelector', 'matchLabels')).toEqual(labels);
    const ports = (at(container, 'ports') as { name: string }[]).map(({ name }) => name);
    expect(ports).toEqual(expect.arrayContaining([at(manifests.get('Service'), 'spec', 'ports', 0, 'targetPort')]));
  });
});

describe('docs/operations.md', () => {
  const [, table] = /## Where each system[^\n]*\n\n((?:\|.*\n)+)/.exec(read('docs/operations.md'))!;
  const rows = table!
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').slice(1, -1));

  it('has for each system of upstream where it is, a command and a test', () => {
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row.filter((cell) => cell.trim() !== '')).toHaveLength(4);
  });

  it.each(rows.map((row) => [row[0]!.trim(), row]))('names only files that are there: %s', (_, [, here, , proof]) => {
    // A second file of a folder is named without it.
    let folder = '';
    for (const [, name] of `${here}${proof}`.matchAll(/`([\w./-]+\.(?:ts|sh|sql|yml|cfg|example))`/g)) {
      const path = name!.includes('/') || !folder ? name! : folder + name!;
      folder = path.slice(0, path.lastIndexOf('/') + 1);
      expect([path, existsSync(new URL(path, root))]).toEqual([path, true]);
    }
    expect(proof).toMatch(/\.(test|spec)\.ts`|the same/);
  });
});

describe('docker-compose.yml', () => {
  const written = (parseYaml(read('docker-compose.yml')) as { services: Record<string, Tree> }).services;
  // YAML 1.2 has no merge keys; Compose does.
  const services = Object.fromEntries(
    Object.entries(written).map(([name, { '<<': base, ...own }]) => [name, { ...(base as Tree), ...own }]),
  );
  const haproxy = read('deploy/haproxy/haproxy.cfg');

  it('sets only variables that the API reads', () => {
    for (const name of ['api', 'api-2']) {
      expect(Object.keys(services[name]!.environment as Tree).filter((key) => !variables.has(key))).toEqual([]);
    }
  });

  it('puts HAProxy in front of both replicas, by names that its configuration reads', () => {
    const env = services.haproxy!.environment as Record<string, string>;
    for (const name of Object.keys(env)) expect(haproxy).toContain(`\${${name}-`);
    expect([env.TETRA_API_1, env.TETRA_API_2]).toEqual(['api:3000', 'api-2:3000']);
    expect(services['api-2']!.ports).toEqual([]);
  });

  it('gives Grafana what its provisioning reads: variables, the dashboard and the data source that its panels name', () => {
    const grafana = services.grafana!;
    const source = read('deploy/grafana/market/datasource.yaml');
    const needed = [...source.replace(/^#.*$/gm, '').matchAll(/\$(\w+)/g)].map(([, name]) => name!);
    const script = (grafana.entrypoint as string[]).at(-1)!;
    const given = [
      ...Object.keys(grafana.environment as Tree),
      ...[...script.matchAll(/export (\w+)=/g)].map(([, name]) => name!),
    ];
    expect(needed.length).toBeGreaterThan(2);
    expect(needed.filter((name) => !given.includes(name))).toEqual([]);
    const mounts = new Map((grafana.volumes as string[]).map((mount) => mount.split(':') as [string, string]));
    for (const [file, inside] of mounts)
      if (file.startsWith('./')) expect([file, existsSync(new URL(file, root)), inside]).toEqual([file, true, inside]);
    const provider = parseYaml(read('deploy/grafana/market/dashboards.yaml'));
    const folder = at(provider, 'providers', 0, 'options', 'path') as string;
    expect(mounts.get('./deploy/grafana/market/dashboard.json')).toMatch(new RegExp(`^${folder}/[a-z]+\\.json$`));
    expect(mounts.get('./deploy/grafana/market/datasource.yaml')).toMatch(
      /^\/etc\/grafana\/provisioning\/datasources\//,
    );
    expect(mounts.get('./deploy/grafana/market/dashboards.yaml')).toMatch(
      /^\/etc\/grafana\/provisioning\/dashboards\//,
    );
    const uid = at(parseYaml(source), 'datasources', 0, 'uid');
    const named = [...read('deploy/grafana/market/dashboard.json').matchAll(/"datasource": \{[^}]*"uid": "([^"]+)"/g)];
    expect(new Set(named.map(([, name]) => name))).toEqual(new Set([uid]));
    expect(grafana.image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it('gives HAProxy time to notice that a replica is about to end', () => {
    const [, seconds, fall] = /inter (\d+)s fall (\d+)/.exec(haproxy)!;
    const notice = Number(seconds) * 1000 * Number(fall);
    const drain = Number((services.api!.environment as Record<string, string>).SHUTDOWN_DRAIN_MS);
    expect(drain).toBeGreaterThan(notice);
  });

  it('gives no service more privilege than it needs', () => {
    for (const [name, service] of Object.entries(services)) {
      const { cap_drop: dropped, security_opt: options } = service as { cap_drop?: string[]; security_opt?: string[] };
      expect([name, dropped, options]).toEqual([name, ['ALL'], ['no-new-privileges:true']]);
      expect([name, service.read_only, service.cap_add, service.privileged]).toEqual([
        name,
        true,
        undefined,
        undefined,
      ]);
    }
    // The other images become accounts of their own by themselves.
    expect(services.postgres!.user).toBe('postgres');
    expect(
      read('Dockerfile')
        .match(/^USER .*$/gm)
        ?.at(-1),
    ).toBe('USER node');
  });

  it('has every secret in a file, which only those that need it are given', () => {
    const files = Object.keys(at(parseYaml(read('docker-compose.yml')), 'secrets') as Tree);
    const used = Object.entries(services).flatMap(([name, service]) => {
      const environment = (service.environment ?? {}) as Record<string, string>;
      const given = ((service.secrets as string[] | undefined) ?? []).map((secret) => `/run/secrets/${secret}`);
      const named = Object.entries(environment).filter(([variable]) => /PASSWORD|SECRET|KEY/.test(variable));
      for (const [variable] of named) expect([name, variable]).toEqual([name, expect.stringMatching(/_FILE$/)]);
      expect([name, named.map(([, file]) => file).sort()]).toEqual([name, given.sort()]);
      return given;
    });
    expect([...new Set(used)].sort()).toEqual(files.map((file) => `/run/secrets/${file}`).sort());
    for (const ignore of ['.gitignore', '.dockerignore']) expect(read(ignore)).toMatch(/^secrets\/?$/m);
    expect(read('docker-compose.yml')).not.toMatch(/PASSWORD: /);
  });

  it('publishes nothing beyond this machine', () => {
    const published = Object.values(services).flatMap(({ ports }) => (ports as string[] | undefined) ?? []);
    expect(published.length).toBeGreaterThan(0);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});
