export { type AnswerRules, answerPicture } from './answer.ts';
export type { Picture } from './header.ts';
export { type Limits, limitsFromEnv } from './limits.ts';
export { type PictureFunction, pictureFunction } from './picture-function.ts';
export { FORMATS, type Format } from './sniff.ts';
export { type TakeInRules, type TakenIn, takeIn } from './take-in.ts';
