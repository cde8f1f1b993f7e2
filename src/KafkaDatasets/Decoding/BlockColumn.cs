namespace KafkaDatasets.Decoding;

/// <summary>One column of a row block: one or more fields side by side, a slot each.</summary>
/// <param name="Type">The type of every slot.</param>
/// <param name="Fields">The name of the dataset's column behind each slot.</param>
/// <param name="Label">The kind of label that the column is, or null.</param>
/// <param name="Categories">For a label of <see cref="LabelKind.Category"/>: the categories in order; the column holds the zero-based class.</param>
internal sealed record BlockColumn(ElementType Type, IReadOnlyList<string> Fields, LabelKind? Label = null, IReadOnlyList<string>? Categories = null)
{
    public int Width => Fields.Count;

    public ColumnBuffer CreateBuffer() => Type switch
    {
        ElementType.Boolean => new FixedColumn<bool>(Type, Width),
        ElementType.Int32 => new FixedColumn<int>(Type, Width),
        ElementType.Int64 => new FixedColumn<long>(Type, Width),
        ElementType.Single => new FixedColumn<float>(Type, Width),
        ElementType.Double => new FixedColumn<double>(Type, Width),
        ElementType.Key => new FixedColumn<uint>(Type, Width),
        _ => new TextColumn(),
    };
}
