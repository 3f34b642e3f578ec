import type { DeviceId } from '../../../../schema/ids.ts';
import { isCalm, type Setting, type World } from '../world.ts';

/** A handshake that is under way takes so long at most: a memory that went back has no mark of the revocation. */
const underWayMs = 15_000;

/** I15: after its revocation was answered, or its token has ended, nothing is taken from a device or started for it. */
export const shutOut = ({ record, losses }: World, setting: Setting): string[] => {
  const { loss } = setting;
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
    // Redis may have forgotten whom it should ask to leave.
    ...(isCalm(setting) ? record.undrained.map((line) => `drain: ${line} stood longer than it`) : []),
    ...record.taken
      .filter(isOver)
      .map(({ device, what }) => `I15: ${device} is shut out, and its ${what} was taken`),
    ...posted
      .filter(isOver)
      .map(({ device, type }) => `I15: ${device} is shut out, and a ${type} was posted to it`),
  ];
};
