import { fileURLToPath } from 'node:url';
import { type GrpcObject, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { BadRequest, BadRequestInput } from './generated/google/rpc/BadRequest.ts';
import type { ErrorInfo, ErrorInfoInput } from './generated/google/rpc/ErrorInfo.ts';
import type { RetryInfo, RetryInfoInput } from './generated/google/rpc/RetryInfo.ts';
import type { Status, StatusInput } from './generated/google/rpc/Status.ts';
import type { ProtoGrpcType as ImageTypes } from './generated/image.ts';
import type { ProtoGrpcType as NLImageTypes } from './generated/nl_image_service.ts';

/** The part of `protoc`'s description of a message that is used here. */
export interface MessageType {
  field: { number: number; type: string; typeName: string }[];
}

/*
 * The contracts, read from proto/ (the bundler puts that folder beside the bundle). `npm run grpc:types`
 * generates the types in generated/ from the same files with the same options.
 */
const folder = fileURLToPath(new URL('./proto', import.meta.url));

/** Loads contracts by their names in proto/, or by paths. */
export const load = (...files: string[]) =>
  loadSync(files, {
    includeDirs: [folder],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });

interface ErrorModel {
  Status: MessageTypeDefinition<StatusInput, Status>;
  ErrorInfo: MessageTypeDefinition<ErrorInfoInput, ErrorInfo>;
  BadRequest: MessageTypeDefinition<BadRequestInput, BadRequest>;
  RetryInfo: MessageTypeDefinition<RetryInfoInput, RetryInfo>;
}

const packageDefinition = load('obscura/v1/image.proto', 'nl_image_service.proto');
const served = loadPackageDefinition(packageDefinition) as GrpcObject & ImageTypes & NLImageTypes;
const errors = loadPackageDefinition(load('google/rpc/error.proto')) as unknown as { google: { rpc: ErrorModel } };

/** The descriptions of messages, by name without the package. */
export const messageTypes = Object.fromEntries(
  Object.entries(packageDefinition).flatMap(([name, { type }]) =>
    type && 'field' in (type as object) ? [[name.slice(name.lastIndexOf('.') + 1), type as MessageType]] : [],
  ),
);
export const imageService = served.obscura.v1.ImageService.service;
export const nlImageService = served.NLImageService.service;
/** Clients, for tests and benchmarks. */
export const { ImageService } = served.obscura.v1;
export const { NLImageService } = served;
/** Google's error model. */
export const rpc = errors.google.rpc;

/** One message packed as `google.protobuf.Any`. */
export function anyOf<T extends object>(name: string, type: MessageTypeDefinition<T, object>, value: T) {
  return { type_url: `type.googleapis.com/google.rpc.${name}`, value: type.serialize(value) };
}
