/** A bucket is a partition of the log: 4 096 numbers, computed and never searched. Bucket 0 lacks number 0. */
const bits = 12;

export const bucketOf = (seq: number): number => Math.floor(seq / 2 ** bits);
export const lastOf = (bucket: number): number => (bucket + 1) * 2 ** bits - 1;
export const firstOf = (bucket: number): number => Math.max(1, bucket * 2 ** bits);
