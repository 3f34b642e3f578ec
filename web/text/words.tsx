import { memo } from 'react';
import { cutAt, segmentsOf } from './segments.ts';

const Marked = ({ text, wanted }: { text: string; wanted: string }) =>
  cutAt(text, wanted).map((part, i) =>
    i % 2 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text stay where they are
      <mark key={i}>{part}</mark>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text stay where they are
      <span key={i}>{part}</span>
    ),
  );

/** A text with its addresses to follow and what is searched marked. All of it is text for React, never markup. */
export const Words = memo(({ text, wanted = '' }: { text: string; wanted?: string }) =>
  segmentsOf(text).map(({ kind, text: part }, i) => {
    const about =
      kind === 'link' ? { href: part, target: '_blank', rel: 'noopener noreferrer nofollow ugc' } : {};
    const Part = kind === 'link' ? 'a' : 'span';
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text stay where they are
      <Part key={i} {...about}>
        {wanted ? <Marked text={part} wanted={wanted} /> : part}
      </Part>
    );
  }),
);
