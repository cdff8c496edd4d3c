export { type AnswerForm, answerPicture, serverTiming } from './answer.ts';
export type { Group, GroupRules } from './groups.ts';
export type { Picture } from './header.ts';
export { type Limits, limitsFromEnv } from './limits.ts';
export { type PictureFunction, pictureFunction } from './picture-function.ts';
export { FORMATS, type Format } from './sniff.ts';
export { checkPicture, type TakeInRules, type TakenIn, takeIn } from './take-in.ts';
export { MAX_PICTURES, type TakeInManyRules, type TakenInMany, takeInMany } from './take-in-many.ts';
