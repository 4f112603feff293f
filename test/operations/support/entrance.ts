import { ApiProcess } from './api.js';
import { Cluster, type Home, makeHome } from './cluster.js';
import { Haproxy } from './haproxy.js';
import { freePort } from './tools.js';

/** Two replicas over a cluster with the sample data, behind HAProxy with our configuration. */
export class Entrance {
  private constructor(
    private readonly home: Home,
    readonly cluster: Cluster,
    readonly apis: readonly [ApiProcess, ApiProcess],
    readonly haproxy: Haproxy,
  ) {}

  /** Starts all of it and waits until requests go to both replicas. */
  static async start(more: Record<string, string> = {}): Promise<Entrance> {
    const home = makeHome();
    const cluster = await Cluster.create(home, 'cluster');
    await cluster.start();
    await cluster.addSample('secret-of-the-reader');
    const env = {
      DATABASE_URL: cluster.url('tetra', 'tetra_reader', 'secret-of-the-reader'),
      // Longer than the configuration's inter x fall.
      SHUTDOWN_DRAIN_MS: '5000',
      MAX_EVENT_LOOP_DELAY_MS: '60000',
      ...more,
    };
    const apis = [new ApiProcess(await freePort(), env), new ApiProcess(await freePort(), env)] as const;
    await Promise.all(apis.map((api) => api.start()));
    const haproxy = await Haproxy.start(apis);
    await haproxy.bothUp();
    return new Entrance(home, cluster, [apis[0], apis[1]], haproxy);
  }

  /** Where clients ask. */
  get url(): string {
    return this.haproxy.url;
  }

  async stop(): Promise<void> {
    this.haproxy.kill();
    for (const api of this.apis) api.kill();
    await this.cluster.stop();
    this.home.remove();
  }
}
