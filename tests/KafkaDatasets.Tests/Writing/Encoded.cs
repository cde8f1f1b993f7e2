using Avro;
using Avro.Generic;
using Avro.IO;
using Confluent.SchemaRegistry;
using KafkaDatasets.Formats;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using KafkaDatasets.Shapes;
using Microsoft.ML;
using Xunit;

namespace KafkaDatasets.Tests.Writing;

/// <summary>Encodes with this library, and decodes Avro with Apache.Avro.</summary>
internal static class Encoded
{
    public static KafkaWriterOptions Options(WriteFormat format = WriteFormat.Avro, string? schema = null, string? key = null, WriteFormat? keyFormat = null)
        => new() { BootstrapServers = "unused:1", Format = format, Framing = SchemaFraming.None, Schema = schema, Key = key, KeyFormat = keyFormat };

    public static string Document<T>(KafkaWriterOptions options) => RecordEncoder<T>.Of(options).Value.Schema!.Text;

    public static byte[] Bytes<T>(T record, KafkaWriterOptions options)
    {
        var buffer = new ValueBuffer();
        RecordEncoder<T>.Of(options).Value.Write(buffer, record);
        return buffer.Written.ToArray();
    }

    /// <summary>The value of each row of a view, without any frame.</summary>
    public static byte[][] Bytes(IDataView view, KafkaWriterOptions options)
    {
        var encoder = new ViewEncoder(view.Schema, Plan(view, options));
        using DataViewRowCursor cursor = view.GetRowCursor(encoder.Columns);
        Action<ValueBuffer> write = encoder.Open(cursor).Value;
        var values = new List<byte[]>();
        var buffer = new ValueBuffer();
        while (cursor.MoveNext())
        {
            buffer.Clear();
            write(buffer);
            values.Add(buffer.Written.ToArray());
        }

        return [.. values];
    }

    public static RecordShape Shape(IDataView view, KafkaWriterOptions options) => Plan(view, options).Value.Shape;

    public static RowPlan Plan(IDataView view, KafkaWriterOptions options)
        => RowPlan.Of(options, (format, isWanted) => ViewShape.Of(view.Schema, format, options, isWanted));

    /// <summary>How to read what was written by a schema and says not which.</summary>
    public static RecordFormat Format(this WrittenSchema schema) => schema.Type switch
    {
        SchemaType.Avro => RecordFormat.Avro(schema.Text),
        SchemaType.Json => RecordFormat.Json(schema.Text),
        _ => RecordFormat.Protobuf(ProtobufDocuments.Parse(SchemaDocument.OfOptions(SchemaType.Protobuf, schema.Text)).MessageTypes[0]),
    };

    public static GenericRecord Decode(ReadOnlySpan<byte> bytes, RecordSchema schema)
    {
        using var stream = new MemoryStream(bytes.ToArray());
        GenericRecord record = new GenericDatumReader<GenericRecord>(schema, schema).Read(null!, new BinaryDecoder(stream));
        Assert.Equal(stream.Length, stream.Position);
        return record;
    }

    /// <summary>Writes as Avro, by the given schema or the derived one, and reads by that.</summary>
    public static GenericRecord RoundTrip<T>(T record, string? schema = null)
    {
        KafkaWriterOptions options = Options(schema: schema);
        return Decode(Bytes(record, options), (RecordSchema)Avro.Schema.Parse(Document<T>(options)));
    }

    public static string Schema(string fields, string name = "Row") => $$"""{"type":"record","name":"{{name}}","fields":[{{fields}}]}""";
}
