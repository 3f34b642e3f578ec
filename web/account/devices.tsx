import { type Device, devices, revokeDevice } from '@parley/client/account';
import { useParley } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { Dialog } from '../shell/dialog.tsx';
import { momentOf } from '../shell/times.ts';
import { explain } from './explain.ts';

/** Where one is signed in, and the way to end it there. */
export const Devices = ({ onClose }: { onClose: () => void }) => {
  const parley = useParley();
  const [list, setList] = useState<Device[]>();
  const [wrong, setWrong] = useState<string>();
  useEffect(() => {
    devices(parley).then(setList, (error) => setWrong(explain(error)));
  }, [parley]);

  const revoke = async (id: string) => {
    try {
      await revokeDevice(parley, id);
      setList((now) => now?.filter((device) => device.id !== id));
    } catch (error) {
      setWrong(explain(error));
    }
  };

  return (
    <Dialog title="Devices" onClose={onClose}>
      <p className="hint">Where you are signed in. Signing one out takes effect at once.</p>
      <ul className="people">
        {list?.map(({ id, createdAt, current, connections }) => (
          <li key={id}>
            <span className="grow">
              Signed in {momentOf(createdAt)}
              <br />
              <span className="hint">
                {current ? 'This one' : connections > 0 ? 'Connected now' : 'Not connected'}
              </span>
            </span>
            {!current && (
              <button type="button" className="button small danger" onClick={() => void revoke(id)}>
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <p className="wrong" role="alert">
        {wrong}
      </p>
    </Dialog>
  );
};
