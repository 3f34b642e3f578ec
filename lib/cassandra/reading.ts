/** How sure a read must be: `decisive` where a decision rests on it, `relaxed` for pages far below the head. */
export type Reading = 'decisive' | 'relaxed';
