import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How often the kernel gives out a share anew, in microseconds: short, so that an answer rarely waits for the next. */
const PERIOD = 20_000;
/** The kernel's CPU controller: version 2, and where it is mounted in version 1. */
const V2 = '/sys/fs/cgroup';
const V1 = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct'];

/** A share of one core that some processes may use and no more, kept by the kernel: a control group of its own. */
export class CpuQuota {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param share  of one core, such as 0.25
   * @throws Error in one line where this machine or this account cannot
   */
  static make(name: string, share: number): CpuQuota {
    const quota = Math.round(PERIOD * share);
    try {
      const v1 = V1.find((folder) => existsSync(join(folder, 'cpu.cfs_quota_us')));
      const folder = join(v1 ?? V2, name);
      if (!v1) writeFileSync(join(V2, 'cgroup.subtree_control'), '+cpu');
      mkdirSync(folder);
      if (v1) {
        writeFileSync(join(folder, 'cpu.cfs_period_us'), String(PERIOD));
        writeFileSync(join(folder, 'cpu.cfs_quota_us'), String(quota));
      } else writeFileSync(join(folder, 'cpu.max'), `${quota} ${PERIOD}`);
      return new CpuQuota(folder);
    } catch (error) {
      throw new Error(`a share of a core needs Linux, root and a writable control group: ${(error as Error).message}`);
    }
  }

  /** Limits a process, its threads included, from now on. */
  add(pid: number): void {
    writeFileSync(join(this.#folder, 'cgroup.procs'), String(pid));
  }

  /** Lets its processes use what they can. */
  lift(): void {
    const v1 = join(this.#folder, 'cpu.cfs_quota_us');
    if (existsSync(v1)) writeFileSync(v1, '-1');
    else writeFileSync(join(this.#folder, 'cpu.max'), 'max');
  }

  /** Periods up to now in which there was work, and those of them in which the share was used up. */
  get periods(): { all: number; exhausted: number } {
    const stat = readFileSync(join(this.#folder, 'cpu.stat'), 'utf8');
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
    return { all: value('nr_periods'), exhausted: value('nr_throttled') };
  }

  /** Removes it; its processes must have ended. */
  remove(): void {
    rmdirSync(this.#folder);
  }
}

/** Seconds that all cores together were busy since the machine started, and seconds that there were. */
export function coreSeconds(): { busy: number; all: number } {
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, one) => sum + one, 0);
  const [, , , idle, waiting] = ticks;
  return { busy: (all - idle! - waiting!) / 100, all: all / 100 };
}
