import { Dialog } from '../shell/dialog.tsx';
import { keys } from './keys.ts';
import './help.css';

export const Help = ({ onClose }: { onClose: () => void }) => (
  <Dialog title="Keyboard" onClose={onClose}>
    {keys.map(({ title, rows }) => (
      <section key={title} className="keys">
        <h3>{title}</h3>
        <dl>
          {rows.map(([pressed, does]) => (
            <div key={does}>
              <dt>
                {pressed.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </section>
    ))}
  </Dialog>
);
