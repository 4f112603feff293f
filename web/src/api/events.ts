/** A server-sent event. */
export interface ServerEvent {
  /** Empty for what is none: a pause to come back after. */
  readonly name: string;
  readonly data: string;
  readonly id: string | null;
  /** How long to wait before coming back, in milliseconds. */
  readonly retry: number | null;
}

/**
 * The events of an answer, by the rules of server-sent events. EventSource knows them too, but can send no key and
 * does not say why it was refused.
 * @param silence  milliseconds without a byte, heartbeats included, after which `leave` is called
 */
export async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  silence: number,
  leave: () => void,
): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const timer = setTimeout(leave, silence);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): ServerEvent {
  let [name, data] = ['', ''];
  let id: string | null = null;
  let retry: number | null = null;
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    const value = line.slice(at + 1).replace(/^ /, '');
    if (line.startsWith('event:')) name = value;
    else if (line.startsWith('data:')) data += (data && '\n') + value;
    else if (line.startsWith('id:')) id = value;
    else if (line.startsWith('retry:')) retry = Number(value);
  }
  return { name, data, id, retry };
}
