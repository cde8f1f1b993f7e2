using Avro;
using Avro.Generic;
using Avro.IO;
using KafkaDatasets.Writing;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Encodes with this library and decodes with Apache.Avro.</summary>
internal static class Encoded
{
    public static byte[] Bytes<T>(T record, RecordSchema schema)
    {
        var buffer = new AvroBuffer();
        RecordType<T>.CompileEncoder(schema)(buffer, record);
        return buffer.Written.ToArray();
    }

    public static GenericRecord Decode(ReadOnlySpan<byte> bytes, RecordSchema schema)
    {
        using var stream = new MemoryStream(bytes.ToArray());
        GenericRecord record = new GenericDatumReader<GenericRecord>(schema, schema).Read(null!, new BinaryDecoder(stream));
        Assert.Equal(stream.Length, stream.Position);
        return record;
    }

    public static GenericRecord RoundTrip<T>(T record, RecordSchema schema) => Decode(Bytes(record, schema), schema);

    public static RecordSchema Schema(string fields, string name = "Row")
        => (RecordSchema)Avro.Schema.Parse($$"""{"type":"record","name":"{{name}}","fields":[{{fields}}]}""");
}
