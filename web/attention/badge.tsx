import { useUnread } from '@parley/client/react';
import { useEffect } from 'react';

/** The number of unread messages in the title, on the tab's icon and, where installed, on the app's. */
export const Badge = () => {
  const { count, more } = useUnread();
  useEffect(() => {
    const timer = setTimeout(() => show(count, more), settledMs);
    return () => clearTimeout(timer);
  }, [count, more]);
  // Whoever leaves takes his number along.
  useEffect(() => () => show(0, false), []);
  return null;
};

/** What is read as it arrives counts for a moment only: nothing flickers for that. */
const settledMs = 300;

let last = 0;

const show = (count: number, more: boolean) => {
  last = count;
  document.title = count > 0 ? `(${count}${more ? '+' : ''}) Parley` : 'Parley';
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  // What is drawn may be over by then.
  if (icon) void draw(count).then((href) => last === count && icon.setAttribute('href', href));
  // Only where the page is installed; refused elsewhere, which changes nothing.
  if ('setAppBadge' in navigator) void navigator.setAppBadge(count).catch(() => {});
};

const plainIcon = '/icon.svg';
const size = 64;

const draw = async (count: number): Promise<string> => {
  if (count === 0) return plainIcon;
  const image = new Image();
  image.src = plainIcon;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = size;
  const context = canvas.getContext('2d');
  try {
    await image.decode();
  } catch {
    return plainIcon;
  }
  if (!context) return plainIcon;
  context.drawImage(image, 0, 0, size, size);
  context.fillStyle = '#d93025';
  context.beginPath();
  context.arc(size - 20, 20, 20, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#fff';
  context.font = `bold ${count > 9 ? 24 : 30}px sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(count > 99 ? '99' : String(count), size - 20, 21);
  return canvas.toDataURL('image/png');
};
