import { signal } from '@preact/signals';

const KEY = 'tetra-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const chosen = signal(sessionStorage.getItem(KEY));

/** light or dark: what was chosen for the session, otherwise what the system wants. */
export const theme = signal<'light' | 'dark'>('light');

function apply(): void {
  const dark = chosen.value === null ? system.matches : chosen.value === 'dark';
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  theme.value = dark ? 'dark' : 'light';
}

system.addEventListener('change', apply);
apply();

/** Changes between light and dark for this session. */
export function turnTheme(): void {
  chosen.value = theme.value === 'dark' ? 'light' : 'dark';
  sessionStorage.setItem(KEY, chosen.value);
  apply();
}

/** A colour of the theme, for what draws on a canvas. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
