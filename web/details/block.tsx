import { block, blocks, unblock } from '@parley/client/account';
import { useParley } from '@parley/client/react';
import { useEffect, useState } from 'react';
import { explain } from '../account/explain.ts';

/** Ends, or lets begin again, what comes from somebody. */
export const Block = ({ user }: { user: string }) => {
  const parley = useParley();
  const [isBlocked, setBlocked] = useState<boolean>();
  const [wrong, setWrong] = useState<string>();
  useEffect(() => {
    blocks(parley).then(
      (list) => setBlocked(list.some(({ id }) => id === user)),
      (error) => setWrong(explain(error)),
    );
  }, [parley, user]);

  const change = async () => {
    try {
      await (isBlocked ? unblock : block)(parley, user);
      setBlocked(!isBlocked);
    } catch (error) {
      setWrong(explain(error));
    }
  };
  return (
    <>
      <p className="hint">
        {isBlocked
          ? 'You have blocked this person: neither of you can write to the other here.'
          : 'Only the two of you are here. Blocking this person ends messages in both directions.'}
      </p>
      <div className="find">
        <p className="wrong" role="alert">
          {wrong}
        </p>
        <button
          type="button"
          className="button danger"
          disabled={isBlocked === undefined}
          onClick={() => void change()}
        >
          {isBlocked ? 'Unblock' : 'Block'}
        </button>
      </div>
    </>
  );
};
