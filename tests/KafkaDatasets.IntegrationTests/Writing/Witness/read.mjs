// node read.mjs REGISTRY_URL SUBJECT_NAME_STRATEGY TOPIC KEY|VALUE: each line of standard input is {"bytes": base64, "header": base64 or null};
// each line of standard output is the message that Confluent's deserializer reads.
import { createInterface } from 'node:readline';
import { ProtobufDeserializer, SchemaRegistryClient, SerdeType } from '@confluentinc/schemaregistry';

const [url, strategy, topic, part] = process.argv.slice(2);
const deserializer = new ProtobufDeserializer(new SchemaRegistryClient({ baseURLs: [url] }), SerdeType[part], { subjectNameStrategyType: strategy });

function plain(key, value) {
  const raw = this[key];   // before a Buffer makes something else of itself
  return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : typeof value === 'bigint' ? value.toString() : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { bytes, header } = JSON.parse(line);
  const headers = header === null ? undefined : { [`__${part.toLowerCase()}_schema_id`]: Buffer.from(header, 'base64') };
  console.log(JSON.stringify(await deserializer.deserialize(topic, Buffer.from(bytes, 'base64'), headers), plain));
}
