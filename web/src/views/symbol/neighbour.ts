import { Find } from '../../api/operations';
import { send } from '../../api/send';
import { Board } from '../../api/operations';

let names: readonly string[] = [];

/** The symbol so many places after another in the alphabet; null where the list ends. */
export async function neighbour(symbol: string, step: number): Promise<string | null> {
  if (names.length === 0) {
    const { data } = await send(Board, {});
    names = data.board?.nodes.map((row) => row.symbol) ?? [];
  }
  const at = names.indexOf(symbol);
  if (at >= 0) return names[at + step] ?? null;
  const { data } = await send(Find, { text: symbol });
  return data.symbols?.nodes[0]?.symbol ?? null;
}
