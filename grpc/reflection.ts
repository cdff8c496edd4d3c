import type { Server } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath as healthContract } from 'grpc-health-check';
import { load } from './protos.ts';

/** Lets tools such as grpcurl read the contracts from the server, without files. */
export function addReflection(server: Server): void {
  new ReflectionService(describable('obscura/v1/image.proto', healthContract)).addToServer(server);
}

interface Descriptor {
  name: string;
  field?: { typeName?: string }[];
  nestedType?: (Descriptor & { options?: { mapEntry?: boolean } | null })[];
}

interface FileDescriptor {
  messageType?: Descriptor[];
}

/**
 * Contracts in a form for every language: the loader names the implicit messages of maps without the `Entry` that
 * protobuf requires, which Go refuses (health has such a map).
 */
function describable(...files: string[]): PackageDefinition {
  const contracts = load(...files);
  // A dependency of the loader; no options, so that absent fields stay absent.
  const description = loadSync('google/protobuf/descriptor.proto')['google.protobuf.FileDescriptorProto'];
  const file = description as MessageTypeDefinition<FileDescriptor, FileDescriptor>;
  const mend = (described: Buffer): Buffer => {
    const descriptor = file.deserialize(described);
    descriptor.messageType?.forEach(mendMaps);
    return file.serialize(descriptor);
  };
  const mended = Object.entries(contracts).map(([name, definition]) =>
    Array.isArray(definition.fileDescriptorProtos)
      ? [name, { ...definition, fileDescriptorProtos: definition.fileDescriptorProtos.map(mend) }]
      : [name, definition],
  );
  return Object.fromEntries(mended) as PackageDefinition;
}

function mendMaps({ field = [], nestedType = [] }: Descriptor): void {
  for (const nested of nestedType) {
    mendMaps(nested);
    if (!nested.options?.mapEntry || nested.name.endsWith('Entry')) continue;
    const proper = `${nested.name}Entry`;
    for (const reference of field) if (reference.typeName === nested.name) reference.typeName = proper;
    nested.name = proper;
  }
}
