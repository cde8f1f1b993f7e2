using KafkaDatasets.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>The code that writes one part of a record, its value or its key, from rows of one .NET type.</summary>
/// <param name="Schema">Its schema, or null where the format has none.</param>
/// <param name="Write">Writes it.</param>
internal sealed record PartEncoder<T>(WrittenSchema? Schema, Action<ValueBuffer, T> Write)
{
    /// <exception cref="SchemaException">A field has no property, or its values cannot be written so.</exception>
    public static PartEncoder<T> Of(WrittenPart part) => new(part.Schema, part.Format.Record<T>(part.Shape, ""));

    /// <summary>The key of a generated class, whose values have a schema of their own: the property of the field that is the key. Null where records have no key.</summary>
    /// <param name="options">The options.</param>
    /// <param name="valueName">The name of the value's record.</param>
    /// <param name="valueNamespace">Its namespace.</param>
    /// <exception cref="SchemaException">There is no such property, or its values cannot be a key.</exception>
    public static PartEncoder<T>? KeyOf(KafkaWriterOptions options, string valueName, string? valueNamespace)
        => RowPlan.KeyOf(options, valueName, valueNamespace, (format, isWanted) => TypeShape.Of(typeof(T), format, options, isWanted)) is { } key ? Of(key) : null;
}
