using KafkaDatasets.Formats;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>What is made of rows for one part of a record, its value or its key.</summary>
/// <param name="Format">The format.</param>
/// <param name="Shape">The fields.</param>
/// <param name="Schema">The schema, or null where the format has none.</param>
internal sealed record WrittenPart(ValueFormat Format, RecordShape Shape, WrittenSchema? Schema)
{
    /// <param name="format">The format.</param>
    /// <param name="shape">The fields.</param>
    /// <param name="document">The schema's document, if it is given.</param>
    public static WrittenPart Of(ValueFormat format, RecordShape shape, string? document = null) => new(
        format,
        shape,
        format.SchemaType is { } type ? new WrittenSchema(shape.FullName, type, document ?? format.Document(shape), format.AfterId.ToArray()) : null);
}
