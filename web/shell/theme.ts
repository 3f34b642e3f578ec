/** Light, dark, or as the system has it; kept for this browser. */
export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const place = 'parley.theme';

export const chosenTheme = (): Theme =>
  themes.find((theme) => theme === localStorage.getItem(place)) ?? 'system';

export const applyTheme = (theme: Theme): void => {
  localStorage.setItem(place, theme);
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
};
