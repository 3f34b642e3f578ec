import type { DeviceId } from '../../../../schema/ids.ts';
import type { Setting, World } from '../world.ts';

/** A handshake that is under way takes so long at most: a memory that went back has no mark of the revocation. */
const underWayMs = 15_000;

/** I15: after its revocation was answered, or its token has ended, nothing is taken from a device or started for it. */
export const shutOut = ({ record, losses }: World, { loss }: Setting): string[] => {
  const isLost = (at: number) =>
    loss === 'rollback' && losses.some((time) => time > at - underWayMs && time < at + underWayMs);
  const isOver = (one: { device: DeviceId; begun: number; validUntil: number }) => {
    const revokedAt = record.revoked.get(one.device);
    const isRevoked = revokedAt !== undefined && one.begun > revokedAt && !isLost(revokedAt);
    return isRevoked || one.begun >= one.validUntil;
  };
  // A memory that went back knows the lines it knew.
  const posted = loss === 'rollback' ? [] : record.posted;
  return [
    ...record.taken
      .filter((one) => isOver(one) && one.what !== 'refreshToken')
      .map(({ device, what }) => `I15: ${device} is shut out, and its ${what} was taken`),
    ...posted
      .filter(isOver)
      .map(({ device, type }) => `I15: ${device} is shut out, and a ${type} was posted to it`),
  ];
};
