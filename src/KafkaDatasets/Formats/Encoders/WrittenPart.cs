using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>How one part of a record, its value or its key, is written.</summary>
/// <param name="Format">The format.</param>
/// <param name="Shape">The fields.</param>
/// <param name="Schema">The schema, or null when the format has none.</param>
internal sealed record WrittenPart(ValueFormat Format, RecordShape Shape, WrittenSchema? Schema)
{
    /// <summary>Describes a part by its shape.</summary>
    /// <param name="format">The format.</param>
    /// <param name="shape">The fields.</param>
    /// <param name="document">The schema document, or null to derive it.</param>
    public static WrittenPart Of(ValueFormat format, RecordShape shape, string? document = null) => new(
        format,
        shape,
        format.SchemaType is { } type ? new WrittenSchema(shape.FullName, type, document ?? format.Document(shape), format.AfterId.ToArray()) : null);
}
