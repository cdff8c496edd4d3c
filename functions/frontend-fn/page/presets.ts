import type { TEXTS } from '../texts.ts';

/** A chain that many want, and how its result is saved. */
export interface Preset {
  chain: string;
  saving?: Record<string, string>;
}

/** By the name that texts.ts has a title for. */
export const PRESETS: Record<keyof typeof TEXTS.darkroom.presets, Preset> = {
  web: { chain: 'resize:width=1600,height=1600,fit=inside,enlarge=false', saving: { format: 'webp', quality: '80' } },
  avatar: { chain: 'resize:width=512,height=512,position=attention' },
  product: { chain: 'cutout:background=white', saving: { format: 'jpeg' } },
  sticker: { chain: 'cutout;trim;pad:all=16', saving: { format: 'png' } },
  portrait: { chain: 'cutout:background=blur' },
  monochrome: { chain: 'grayscale;adjust:brightness=1.05,gamma=1.1;sharpen:amount=0.5' },
  scan: { chain: 'denoise;sharpen' },
};
