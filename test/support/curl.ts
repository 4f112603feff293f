/** A command of a shell example, and the comment behind it. */
export interface Command {
  readonly words: readonly string[];
  readonly comment: string;
}

/** A request that a curl command sends. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

const TOKEN = /\\\n|\n|[ \t]+|#[^\n]*|(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\[^\n]|[^\s'"\\])+/gs;

/** The commands of a shell example, one a line: quotes, comments and continued lines, and nothing else of a shell. */
export function commandsOf(block: string): Command[] {
  const commands: Command[] = [];
  let words: string[] = [];
  let comment = '';
  for (const [token] of `${block}\n`.matchAll(TOKEN)) {
    if (token === '\n') {
      if (words.length > 0) commands.push({ words, comment });
      [words, comment] = [[], ''];
    } else if (token.startsWith('#')) comment = token;
    else if (token.trim() !== '' && token !== '\\\n') words.push(unquoted(token));
  }
  return commands;
}

function unquoted(token: string): string {
  return token.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, single, double, escaped) =>
    String(single ?? (double as string | undefined)?.replace(/\\(["\\$`])/g, '$1') ?? escaped),
  );
}

/** What a curl command sends; an option that is not known here is an error. */
export function curlRequest([, ...args]: readonly string[]): CurlRequest {
  const headers: Record<string, string> = {};
  const query: string[] = [];
  let [method, url, body] = ['GET', '', undefined as string | undefined];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const value = (): string => args[++i] ?? '';
    if (arg === '-s' || arg === '-G' || arg === '-N') continue;
    else if (arg === '-I') method = 'HEAD';
    else if (arg === '-o' || arg === '-D') value();
    else if (arg === '-H') {
      const [, name, text] = /^([^:]+):\s*(.*)$/.exec(value())!;
      headers[name!] = text!;
    } else if (arg === '-d') [method, body] = ['POST', value()];
    else if (arg === '--data-urlencode') {
      const [, name, text] = /^(\w+)=(.*)$/s.exec(value())!;
      query.push(`${name}=${encodeURIComponent(text!)}`);
    } else if (arg.startsWith('-')) throw new Error(`curl ${arg} is not known to this test`);
    else url = arg;
  }
  return { method, url: query.length > 0 ? `${url}?${query.join('&')}` : url, headers, ...(body ? { body } : {}) };
}
