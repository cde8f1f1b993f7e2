using System.Diagnostics;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Encoders;
using KafkaDatasets.Formats.Float32;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Formats.Text;

namespace KafkaDatasets.Formats;

/// <summary>The encoders of all formats.</summary>
internal static class ValueFormats
{
    public static ValueFormat Of(WriteFormat format) => format switch
    {
        WriteFormat.Avro => new AvroValues(),
        WriteFormat.Json => new JsonValues(),
        WriteFormat.Protobuf => new ProtobufValues(),
        WriteFormat.Csv => new CsvValues(),
        WriteFormat.Float32 => new Float32Values(),
        _ => throw new UnreachableException(),
    };
}
