import type { Notice } from '@parley/client/chat';
import { useName } from '../people/names.ts';
import './notice.css';

/** What happened to the conversation, in a quiet line. */
export const NoticeLine = ({ notice }: { notice: Notice }) => {
  const { entry, from } = notice;
  const actor = useName(from);
  const user = useName('user' in entry ? entry.user : from);
  return (
    <p className="notice">
      <bdi>{actor}</bdi> <What notice={notice} user={user} />
    </p>
  );
};

const What = ({ notice: { entry, from }, user }: { notice: Notice; user: string }) => {
  const whom = <bdi>{user === 'You' ? 'you' : user}</bdi>;
  switch (entry.type) {
    case 'conversation.created':
      return entry.kind === 'direct' ? (
        <>began this conversation</>
      ) : (
        <>
          created <bdi>{entry.title}</bdi>
        </>
      );
    case 'conversation.updated':
      return (
        <>
          renamed it to <bdi>{entry.title}</bdi>
        </>
      );
    case 'member.joined':
      return entry.user === from ? <>joined</> : <>added {whom}</>;
    case 'member.left':
      return entry.user === from ? <>left</> : <>removed {whom}</>;
    case 'member.changed':
      return (
        <>
          made {whom} {entry.role === 'member' ? 'a member' : `an ${entry.role}`}
        </>
      );
    default:
      return <>changed something</>;
  }
};
