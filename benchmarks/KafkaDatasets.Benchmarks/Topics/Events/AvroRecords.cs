using System.Text.Json;
using Avro;
using Avro.Generic;

namespace KafkaDatasets.Benchmarks.Topics.Events;

/// <summary>JSON objects as Apache.Avro's generic records.</summary>
internal static class AvroRecords
{
    public static GenericRecord Of(byte[] json, RecordSchema schema)
    {
        using var document = JsonDocument.Parse(json);
        return (GenericRecord)Of(document.RootElement, schema)!;
    }

    private static object? Of(JsonElement element, Schema schema)
    {
        switch (schema)
        {
            case UnionSchema union:
                return element.ValueKind == JsonValueKind.Null ? null : Of(element, union.Schemas.Single(s => s.Tag != Schema.Type.Null));
            case RecordSchema record:
                var result = new GenericRecord(record);
                foreach (Field field in record.Fields)
                {
                    result.Add(field.Name, Of(element.GetProperty(field.Name), field.Schema));
                }

                return result;
            case ArraySchema array:
                return element.EnumerateArray().Select(e => Of(e, array.ItemSchema)).ToArray();
            case EnumSchema symbols:
                return new GenericEnum(symbols, element.GetString());
            case LogicalSchema:
                return element.GetDateTime();
            default:
                return schema.Tag switch
                {
                    Schema.Type.String => element.GetString(),
                    Schema.Type.Boolean => element.GetBoolean(),
                    Schema.Type.Int => element.GetInt32(),
                    Schema.Type.Long => element.GetInt64(),
                    Schema.Type.Float => element.GetSingle(),
                    Schema.Type.Double => element.GetDouble(),
                    _ => throw new System.Diagnostics.UnreachableException(),
                };
        }
    }
}
