using System.Diagnostics;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Formats.Float32;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Formats.Text;

namespace KafkaDatasets.Formats;

/// <summary>Creates the encoders of all formats.</summary>
internal static class ValueFormats
{
    /// <param name="format">The format.</param>
    /// <param name="order">The byte order of numbers, in formats that allow either.</param>
    public static ValueFormat Of(WriteFormat format, ByteOrder order = ByteOrder.LittleEndian) => format switch
    {
        WriteFormat.Avro => new AvroValues(),
        WriteFormat.Json => new JsonValues(),
        WriteFormat.Protobuf => new ProtobufValues(),
        WriteFormat.Csv => new CsvValues(),
        WriteFormat.Float32 => new FloatValues(isDouble: false, order),
        WriteFormat.Float64 => new FloatValues(isDouble: true, order),
        _ => throw new UnreachableException(),
    };
}
