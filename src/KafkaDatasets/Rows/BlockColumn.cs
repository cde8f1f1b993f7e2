using System.Diagnostics;

namespace KafkaDatasets.Rows;

/// <summary>One column of a row block: one or more dataset columns side by side, or one with a varying number of items per row.</summary>
/// <param name="Type">The type of every slot and item.</param>
/// <param name="Fields">The dataset columns that it contains, in slot order.</param>
/// <param name="Label">The kind of label, or null when the column is not a label.</param>
/// <param name="Categories">For a label by texts, the texts of the classes in order; the column holds the zero-based class. An empty first text matches every other text.</param>
internal sealed record BlockColumn(ColumnType Type, IReadOnlyList<DatasetColumn> Fields, LabelKind? Label = null, IReadOnlyList<string>? Categories = null)
{
    /// <summary>A dataset column, unchanged.</summary>
    public BlockColumn(DatasetColumn field)
        : this(field.Type, [field])
    {
    }

    /// <summary>A dataset column as a tensor.</summary>
    public BlockColumn(DatasetColumn field, TensorColumn tensor)
        : this(tensor.Type, [field]) => Tensor = tensor;

    /// <summary>What becomes of records without a value, when the column is a binary label.</summary>
    public MissingLabels MissingLabels { get; init; }

    /// <summary>Whether a number can be this column's binary label: 0, 1, or missing where that is allowed.</summary>
    public bool IsBinaryLabel(double value) => value is 0 or 1 || (double.IsNaN(value) && MissingLabels != MissingLabels.Bad);

    /// <summary>The tensor, or null when the column is not one.</summary>
    public TensorColumn? Tensor { get; }

    /// <summary>The number of slots per row.</summary>
    public int Width => Tensor?.Width(Fields[0]) ?? Fields.Sum(f => f.Slots);

    /// <summary>Describes everything that the column's buffers and a decode plan take from it: the same for columns that can use each other's.</summary>
    public string Describe() =>
        $"{Type}|{Label}|{MissingLabels}|{Tensor?.Describe()}|{Width}|{string.Join('\t', Fields.Select(f => $"{f.Name} {f.Type} {f.IsOfKey} {f.IsLengths} {f.Part} {f.IsVector} {f.Size}"))}|{string.Join('\t', Categories ?? [])}";

    public ColumnBuffer CreateBuffer() => Tensor is not null ? Tensor.CreateBuffer(Fields[0])
        : Fields is [{ IsRagged: true }] ? new RaggedColumn(Create(1)) : Create(Width);

    private ColumnBuffer Create(int width) => Type switch
    {
        ColumnType.Boolean => new FixedColumn<bool>(Type, width),
        ColumnType.Int8 => new FixedColumn<sbyte>(Type, width),
        ColumnType.UInt8 => new FixedColumn<byte>(Type, width),
        ColumnType.Int16 => new FixedColumn<short>(Type, width),
        ColumnType.UInt16 => new FixedColumn<ushort>(Type, width),
        ColumnType.Int32 => new FixedColumn<int>(Type, width),
        ColumnType.UInt32 or ColumnType.Key => new FixedColumn<uint>(Type, width),
        ColumnType.Int64 => new FixedColumn<long>(Type, width),
        ColumnType.UInt64 => new FixedColumn<ulong>(Type, width),
        ColumnType.Single => new FixedColumn<float>(Type, width),
        ColumnType.Double => new FixedColumn<double>(Type, width),
        ColumnType.DateTime => new FixedColumn<DateTime>(Type, width),
        ColumnType.DateTimeOffset => new FixedColumn<DateTimeOffset>(Type, width),
        ColumnType.TimeSpan => new FixedColumn<TimeSpan>(Type, width),
        ColumnType.Text => new TextColumn(width),
        _ => throw new UnreachableException($"column type {Type}"),
    };
}
