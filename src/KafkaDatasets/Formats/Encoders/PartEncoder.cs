using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>Encodes one part of a record, its value or its key, from rows of one .NET type.</summary>
/// <param name="Schema">The schema, or null when the format has none.</param>
/// <param name="Write">Writes the part of a row.</param>
internal sealed record PartEncoder<T>(WrittenSchema? Schema, Action<ValueBuffer, T> Write)
{
    /// <summary>Builds the encoder of a part.</summary>
    /// <exception cref="SchemaException">A field has no property, or its values cannot be written as the field's type.</exception>
    public static PartEncoder<T> Of(WrittenPart part) => new(part.Schema, part.Format.Record<T>(part.Shape, ""));
}
