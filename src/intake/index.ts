export { type AnswerForm, answerPicture, serverTiming } from './answer.ts';
export type { Group, GroupRules } from './groups.ts';
export type { Picture } from './header.ts';
export { type Limits, limitsFromEnv } from './limits.ts';
export {
  MAX_PICTURES,
  type ParseBatchRules,
  type ParsedBatchRequest,
  parseBatchRequest,
} from './parse-batch-request.ts';
export { checkPicture, type ParsedRequest, type ParseRules, parseRequest, pictureMissing } from './parse-request.ts';
export { type PictureFunction, pictureFunction } from './picture-function.ts';
export { inPlace, type Placed } from './places.ts';
export { FORMATS, type Format } from './sniff.ts';
