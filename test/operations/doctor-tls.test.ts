import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '../../src/bin/doctor.js';
import { Cluster, type Home, makeHome } from './support/cluster.js';
import { describeWith, must, own, PGBIN } from './support/tools.js';

/** Certificates of the server: for which name, and from when to when in years from now. */
const CERTIFICATES = {
  right: { name: 'IP:127.0.0.1', years: [-1, 1] },
  elsewhere: { name: 'DNS:db.example', years: [-1, 1] },
  expired: { name: 'IP:127.0.0.1', years: [-2, -1] },
  early: { name: 'IP:127.0.0.1', years: [1, 2] },
} as const;

const WRONG_AUTHORITY = "sslrootcert must name the file of the authority that signed the server's certificate";
const WRONG_TIME = "renew the server's certificate, or set this machine's clock right";

describeWith(PGBIN, 'what tetra doctor says of TLS', () => {
  let home: Home;
  let cluster: Cluster;
  const inHome = (name: string): string => join(home.path, name);
  const verified = (mode = 'verify-full', authority = 'ca'): string =>
    `sslmode=${mode}&sslrootcert=${inHome(`${authority}.crt`)}`;

  /** Starts the server anew, with a certificate or without TLS. */
  async function serve(certificate: keyof typeof CERTIFICATES | null, hba = 'host'): Promise<void> {
    await cluster.stop();
    if (certificate) copyFileSync(inHome(`${certificate}.crt`), join(cluster.dir, 'server.crt'));
    own(cluster.dir);
    cluster.configure({ ssl: certificate ? 'on' : 'off' });
    cluster.allow(`${hba} all all 127.0.0.1/32 trust\n`);
    await cluster.start();
  }

  async function said(parameters = ''): Promise<{ code: number; text: string }> {
    let text = '';
    const code = await doctor([`${cluster.url('postgres')}?${parameters}`], (part) => (text += part));
    // Sentences are wrapped.
    return { code, text: text.replace(/\s+/g, ' ') };
  }

  beforeAll(async () => {
    home = makeHome();
    cluster = await Cluster.create(home, 'cluster');
    for (const name of ['ca', 'other']) {
      await must('openssl', [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=Test ${name}`],
        ...['-keyout', inHome(`${name}.key`), '-out', inHome(`${name}.crt`)],
      ]);
    }
    const key = join(cluster.dir, 'server.key');
    await must('openssl', [
      ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=tetra-postgres', '-keyout', key],
      ...['-out', inHome('server.csr')],
    ]);
    chmodSync(key, 0o600);
    const settings = { database: 'index', serial: 'serial', new_certs_dir: '.', default_md: 'sha256', policy: 'any' };
    const lines = Object.entries(settings).map(
      ([name, value]) => `${name}=${value.replace(/^(index|serial|\.)$/, `${home.path}/$1`)}`,
    );
    writeFileSync(
      inHome('ca.conf'),
      `[ca]\ndefault_ca=of_test\n[of_test]\n${lines.join('\n')}\nunique_subject=no\n[any]\ncommonName=supplied\n`,
    );
    writeFileSync(inHome('index'), '');
    writeFileSync(inHome('index.attr'), 'unique_subject = no\n');
    writeFileSync(inHome('serial'), '01\n');
    for (const [file, { name, years }] of Object.entries(CERTIFICATES)) {
      const [start, end] = years.map((count) => `${new Date().getUTCFullYear() + count}0102000000Z`) as [
        string,
        string,
      ];
      writeFileSync(inHome('names'), `subjectAltName=${name}\n`);
      await must('openssl', [
        ...['ca', '-batch', '-notext', '-config', inHome('ca.conf'), '-cert', inHome('ca.crt')],
        ...['-keyfile', inHome('ca.key'), '-in', inHome('server.csr'), '-extfile', inHome('names')],
        ...['-startdate', start, '-enddate', end, '-out', inHome(`${file}.crt`)],
      ]);
    }
    await cluster.start();
  }, 60_000);

  afterAll(async () => {
    await cluster?.stop();
    home?.remove();
  });

  it('a server without it: connections are not encrypted, and who wants it learns how to get it', async () => {
    await serve(null);
    expect((await said()).text).toContain(' not encrypted, clock ');
    for (const mode of ['require', 'verify-full']) {
      const { code, text } = await said(`sslmode=${mode}`);
      expect([code, text]).toEqual([
        2,
        expect.stringContaining(
          'the server has ssl = off: switch it on, or take sslmode out of the URL where the network is trusted',
        ),
      ]);
    }
  });

  it('a server with it: connections are encrypted or not, as the URL says', async () => {
    await serve('right');
    expect((await said(verified())).text).toContain(' encrypted, clock ');
    expect((await said(verified())).text).not.toContain('not encrypted');
    expect((await said()).text).toContain(' not encrypted, clock ');
  });

  it('a server that insists on it names what the URL lacks', async () => {
    await serve('right', 'hostssl');
    const { code, text } = await said();
    expect([code, text]).toEqual([
      2,
      expect.stringContaining(
        'the server wants encryption: add ?sslmode=verify-full&sslrootcert=/path/ca.crt to the URL',
      ),
    ]);
    expect((await said(verified())).text).toContain(' encrypted, clock ');
  });

  it.each([
    ['another authority', () => verified('verify-full', 'other')],
    ['no authority', () => 'sslmode=verify-full'],
  ])('a certificate that %s vouches for', async (_, parameters) => {
    await serve('right');
    const { code, text } = await said(parameters());
    expect([code, text]).toEqual([2, expect.stringContaining(WRONG_AUTHORITY)]);
  });

  it('an authority whose file is not there', async () => {
    await serve('right');
    const { code, text } = await said(verified('verify-full', 'nowhere'));
    expect([code, text]).toEqual([
      2,
      expect.stringContaining('sslrootcert, sslcert and sslkey must name files that this account may read'),
    ]);
  });

  it.each(['expired', 'early'] as const)('a certificate that is %s', async (certificate) => {
    await serve(certificate);
    const { code, text } = await said(verified());
    expect([code, text]).toEqual([2, expect.stringContaining(WRONG_TIME)]);
  });

  it('a certificate for another name, and that what it advises connects', async () => {
    await serve('elsewhere');
    const { code, text } = await said(verified());
    expect([code, text]).toEqual([
      2,
      expect.stringContaining('the certificate is for another name: use the name that it has'),
    ]);
    const [, advised] = /or (sslmode=\S+), which does not compare names/.exec(text)!;
    expect((await said(`${advised}&sslrootcert=${inHome('ca.crt')}`)).text).toContain(' encrypted, clock ');
  });
});
