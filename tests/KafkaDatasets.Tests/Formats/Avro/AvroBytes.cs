using Avro.Generic;
using Avro.IO;
using RecordSchema = Avro.RecordSchema;
using Schema = Avro.Schema;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Apache.Avro's own encoder, and values put together by hand.</summary>
internal static class AvroBytes
{
    public static RecordSchema Parse(string json) => (RecordSchema)Schema.Parse(json);

    /// <summary>A record of those fields, as JSON.</summary>
    public static string Record(string fields, string name = "Row") => $$"""{"type":"record","name":"{{name}}","fields":[{{fields}}]}""";

    public static byte[] Encode(GenericRecord record)
    {
        using var stream = new MemoryStream();
        new GenericDatumWriter<GenericRecord>(record.Schema).Write(record, new BinaryEncoder(stream));
        return stream.ToArray();
    }

    /// <summary>A record of the values of its fields in order.</summary>
    public static GenericRecord Datum(RecordSchema schema, params object?[] values)
    {
        var record = new GenericRecord(schema);
        for (int i = 0; i < values.Length; i++)
        {
            record.Add(i, values[i]);
        }

        return record;
    }

    public static byte[] Encode(string schema, params object?[] values) => Encode(Datum(Parse(schema), values));

    public static byte[] Encode(Action<BinaryEncoder> write)
    {
        using var stream = new MemoryStream();
        write(new BinaryEncoder(stream));
        return stream.ToArray();
    }

    /// <summary>A value behind Confluent's prefix.</summary>
    public static byte[] Framed(int id, byte[] value) => [0, (byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id, .. value];
}
