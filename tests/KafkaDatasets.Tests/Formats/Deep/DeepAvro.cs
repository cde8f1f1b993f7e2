using System.Text.Json.Nodes;
using Avro.Generic;
using Avro.IO;
using ArraySchema = Avro.ArraySchema;
using MapSchema = Avro.MapSchema;
using RecordSchema = Avro.RecordSchema;
using Schema = Avro.Schema;
using UnionSchema = Avro.UnionSchema;

namespace KafkaDatasets.Tests.Formats.Deep;

/// <summary>Values in Avro's encoding by Apache.Avro's own writer and reader.</summary>
internal static class DeepAvro
{
    public static byte[] Encode(RecordSchema schema, JsonObject value)
    {
        using var stream = new MemoryStream();
        new GenericDatumWriter<object>(schema).Write(Datum(schema, value)!, new BinaryEncoder(stream));
        return stream.ToArray();
    }

    public static JsonObject Decode(RecordSchema schema, byte[] value) =>
        (JsonObject)Node(new GenericDatumReader<object>(schema, schema).Read(null!, new BinaryDecoder(new MemoryStream(value))))!;

    private static object? Datum(Schema schema, JsonNode? value)
    {
        switch (schema)
        {
            case UnionSchema union:
                return value is null ? null : Datum(union.Schemas.Single(s => s.Tag != Schema.Type.Null), value);
            case RecordSchema fields:
                var record = new GenericRecord(fields);
                foreach (global::Avro.Field field in fields)
                {
                    record.Add(field.Pos, Datum(field.Schema, value![field.Name]));
                }

                return record;
            case ArraySchema array:
                return value!.AsArray().Select(item => Datum(array.ItemSchema, item)).ToArray();
            case MapSchema map:
                return value!.AsObject().ToDictionary(e => e.Key, e => Datum(map.ValueSchema, e.Value));
            default:
                return schema.Tag switch
                {
                    Schema.Type.Int => value!.GetValue<int>(),
                    Schema.Type.Double => value!.GetValue<double>(),
                    _ => value!.GetValue<string>(),
                };
        }
    }

    private static JsonNode? Node(object? datum) => datum switch
    {
        null => null,
        GenericRecord record => new JsonObject(record.Schema.Fields.Select(f => KeyValuePair.Create(f.Name, Node(record.GetValue(f.Pos))))),
        IDictionary<string, object> map => new JsonObject(map.Select(e => KeyValuePair.Create(e.Key, Node(e.Value)))),
        string text => text,
        System.Collections.IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Node)]),
        int number => number,
        double number => number,
        _ => throw new NotSupportedException(datum.GetType().Name),
    };
}
