import { useState } from 'react';
import { Icon } from '../shell/icon.tsx';

const names = Array.from({ length: 12 }, (_, month) =>
  new Intl.DateTimeFormat(undefined, { month: 'short', timeZone: 'UTC' }).format(Date.UTC(2024, month, 15)),
);

type Props = {
  /** The moment that is looked at. */
  at: number;
  onMonth: (month: string) => void;
};

/** A year and its months. The log counts months in UTC. */
export const MonthJump = ({ at, onMonth }: Props) => {
  const [year, setYear] = useState(() => new Date(at).getUTCFullYear());
  const today = new Date();
  const isOver = (month: number) => Date.UTC(year, month) <= today.getTime();
  return (
    <>
      <div className="year">
        <button
          type="button"
          className="icon-button"
          aria-label="The year before"
          onClick={() => setYear(year - 1)}
        >
          <Icon name="back" size={18} />
        </button>
        <strong aria-live="polite">{year}</strong>
        <button
          type="button"
          className="icon-button after"
          aria-label="The year after"
          disabled={year >= today.getUTCFullYear()}
          onClick={() => setYear(year + 1)}
        >
          <Icon name="back" size={18} />
        </button>
      </div>
      <div className="month-grid">
        {names.map((name, month) => (
          <button
            key={name}
            type="button"
            aria-label={`${name} ${year}`}
            disabled={!isOver(month)}
            onClick={() => onMonth(`${year}-${String(month + 1).padStart(2, '0')}`)}
          >
            {name}
          </button>
        ))}
      </div>
    </>
  );
};
