namespace KafkaDatasets.Writing;

/// <summary>The code that writes one part of a record, its value or its key, from rows of one .NET type.</summary>
/// <param name="Schema">Its schema, or null where the format has none.</param>
/// <param name="Write">Writes it.</param>
internal sealed record PartEncoder<T>(WrittenSchema? Schema, Action<ValueBuffer, T> Write)
{
    /// <exception cref="SchemaException">A field has no property, or its values cannot be written so.</exception>
    public static PartEncoder<T> Of(WrittenPart part) => new(part.Schema, part.Format.Record<T>(part.Shape, ""));
}
