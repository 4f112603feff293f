import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { Find } from '../api/operations';
import { useRead } from '../api/read';
import { useKeys } from '../state/keys';
import { go, hrefOf } from '../state/route';

/** One field that finds symbols, series and news. */
export function FindBox(): JSX.Element {
  const text = useSignal('');
  const at = useSignal(0);
  const focused = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  useKeys({ '/': () => field.current?.focus() });
  const wanted = text.value.trim();
  const read = useRead(Find, wanted === '' ? null : { text: wanted }, null);
  const found = read.answer.value?.data;
  const choices = [
    ...(found?.symbols?.nodes ?? []).map(({ symbol }) => ({
      kind: 'symbol',
      name: symbol,
      to: hrefOf('symbols', symbol),
    })),
    ...(found?.allSeries?.nodes ?? []).map(({ seriesId }) => ({
      kind: 'series',
      name: seriesId,
      to: hrefOf('economy', seriesId),
    })),
    { kind: 'news', name: `News with “${wanted}”`, to: `news?q=${encodeURIComponent(wanted)}` },
  ];
  const open = focused.value && wanted !== '';
  const chosen = Math.min(at.value, choices.length - 1);
  const leave = (): void => {
    text.value = '';
    at.value = 0;
    field.current?.blur();
  };
  const take = (to: string): void => {
    leave();
    go(to);
  };
  return (
    <search class="find">
      <input
        ref={field}
        role="combobox"
        aria-label="Find a symbol, series or news"
        aria-expanded={open}
        aria-controls="found"
        aria-activedescendant={open ? `found-${chosen}` : undefined}
        placeholder="Symbol, series or news"
        value={text.value}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          at.value = 0;
        }}
        onFocus={() => (focused.value = true)}
        onBlur={() => (focused.value = false)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') at.value = Math.min(chosen + 1, choices.length - 1);
          else if (event.key === 'ArrowUp') at.value = Math.max(chosen - 1, 0);
          else if (event.key === 'Enter' && open) {
            const exactly = choices.find(({ name }) => name.toLowerCase() === wanted.toLowerCase());
            take((at.value === 0 && exactly ? exactly : choices[chosen]!).to);
          } else if (event.key === 'Escape') leave();
          else return;
          event.preventDefault();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id="found" role="listbox" aria-label="Found" hidden={!open}>
        {open &&
          choices.map(({ kind, name, to }, i) => (
            <li
              key={to}
              id={`found-${i}`}
              role="option"
              aria-selected={i === chosen}
              onMouseDown={(event) => {
                event.preventDefault();
                take(to);
              }}
            >
              <b>{name}</b>
              <span>{kind === 'news' ? '' : kind}</span>
            </li>
          ))}
      </ul>
    </search>
  );
}
