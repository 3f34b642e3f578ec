import { useName } from '../people/names.ts';

/** Who is typing. Its place is kept when nobody is. */
export const TypingLine = ({ typing }: { typing: readonly string[] }) => {
  const [first, ...others] = typing;
  return (
    <p className="typing-line" aria-live="off">
      {first !== undefined && (
        <>
          <span className="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span>
            <Typist id={first} /> {others.length === 0 ? 'is' : `and ${others.length} more are`} typing
          </span>
        </>
      )}
    </p>
  );
};

const Typist = ({ id }: { id: string }) => <bdi>{useName(id)}</bdi>;
