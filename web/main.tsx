import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { readConfiguration } from './configuration.ts';
import { applyTheme, chosenTheme } from './shell/theme.ts';
import './style/tokens.css';
import './style/base.css';
import './style/controls.css';
import './style/dialog.css';

applyTheme(chosenTheme());

const root = createRoot(document.getElementById('page') as HTMLElement);
const configuration = await readConfiguration().catch(() => undefined);
root.render(
  configuration ? (
    <App configuration={configuration} />
  ) : (
    <p role="alert">Parley is away. Load this page again in a moment.</p>
  ),
);
