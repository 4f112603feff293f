/** What a peer is told by the benchmark that starts it. */
export interface PeerSettings {
  readonly url: string;
  readonly port: number;
  readonly poolSize: number;
}

/** Reads what the benchmark said. */
export function peerSettings(): PeerSettings {
  const { PEER_DATABASE_URL: url, PEER_PORT: port, PEER_POOL_SIZE: poolSize } = process.env;
  if (!url || !port || !poolSize) throw new Error('This peer is started by the benchmark');
  return { url, port: Number(port), poolSize: Number(poolSize) };
}
