using System.Diagnostics;

namespace KafkaDatasets.Rows;

/// <summary>One column of a row block: one or more of the dataset's columns side by side, or one that has its own number of items in each row.</summary>
/// <param name="Type">The type of every slot and item.</param>
/// <param name="Fields">The dataset's columns in it, in the order of their slots.</param>
/// <param name="Label">The kind of label that the column is, or null.</param>
/// <param name="Categories">For a label by texts: the texts of the classes in order; the column holds the zero-based class. An empty first one stands for every other text.</param>
internal sealed record BlockColumn(ColumnType Type, IReadOnlyList<DatasetColumn> Fields, LabelKind? Label = null, IReadOnlyList<string>? Categories = null)
{
    /// <summary>A column of the dataset, as it is.</summary>
    public BlockColumn(DatasetColumn field)
        : this(field.Type, [field])
    {
    }

    /// <summary>A column of the dataset as a tensor.</summary>
    public BlockColumn(DatasetColumn field, TensorColumn tensor)
        : this(tensor.Type, [field]) => Tensor = tensor;

    /// <summary>The tensor that the column is, or null.</summary>
    public TensorColumn? Tensor { get; }

    /// <summary>The slots of a row.</summary>
    public int Width => Tensor?.Width(Fields[0]) ?? Fields.Sum(f => f.Slots);

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
