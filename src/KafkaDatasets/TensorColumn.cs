using KafkaDatasets.Rows;

namespace KafkaDatasets;

/// <summary>
/// A column that each batch holds as a tensor, [rows] or [rows, …<see cref="Shape"/>]. Numbers and Booleans (0 or 1) can be of any of the four types, and so can an enum
/// (its zero-based symbol); dates, times and time spans are <see cref="Int64"/>: their ticks of 100 ns.
/// </summary>
/// <remarks>
/// A value that the tensor cannot hold (too large, with a fraction, missing, a list of another size) is a <see cref="RecordDecodingException"/> whatever
/// <see cref="KafkaDatasetOptions.OnBadRecord"/> is: the record is good, and which rows there are does not depend on what is asked of them.
/// </remarks>
public abstract class TensorColumn
{
    private protected TensorColumn(string field, ColumnType type, IReadOnlyList<int>? shape)
    {
        ArgumentException.ThrowIfNullOrEmpty(field);
        Field = field;
        Type = type;
        Shape = shape;
    }

    /// <summary>The column's name, which is the tensor's too.</summary>
    public string Field { get; }

    /// <summary>The type of the elements: Single, Double, Int32 or Int64.</summary>
    public ColumnType Type { get; }

    /// <summary>The shape of one row; null: none for a scalar, and for a vector of known size [its size].</summary>
    public IReadOnlyList<int>? Shape { get; }

    /// <summary>32-bit floating point, read by <c>batch["field"]</c>; a missing value is NaN.</summary>
    /// <param name="field">The column's name.</param>
    /// <param name="shape">The shape of one row: for a vector, whose size each record has for itself, needed.</param>
    /// <param name="padding">What stands behind the items of a shorter list; null: a list of another size is an error. A longer list always is.</param>
    public static TensorColumn Single(string field, IReadOnlyList<int>? shape = null, float? padding = null) =>
        new TypedTensorColumn<float>(field, ColumnType.Single, shape, padding, float.NaN);

    /// <summary>64-bit floating point, read by <c>batch.Get&lt;double&gt;("field")</c>; a missing value is NaN.</summary>
    /// <inheritdoc cref="Single(string, IReadOnlyList{int}, float?)"/>
    public static TensorColumn Double(string field, IReadOnlyList<int>? shape = null, double? padding = null) =>
        new TypedTensorColumn<double>(field, ColumnType.Double, shape, padding, double.NaN);

    /// <summary>32-bit integers, read by <c>batch.Get&lt;int&gt;("field")</c>.</summary>
    /// <param name="field">The column's name.</param>
    /// <param name="shape">The shape of one row: for a vector, whose size each record has for itself, needed.</param>
    /// <param name="padding">What stands behind the items of a shorter list; null: a list of another size is an error. A longer list always is.</param>
    /// <param name="missing">What stands for a missing value; null: a missing value is an error.</param>
    public static TensorColumn Int32(string field, IReadOnlyList<int>? shape = null, int? padding = null, int? missing = null) =>
        new TypedTensorColumn<int>(field, ColumnType.Int32, shape, padding, missing);

    /// <summary>64-bit integers, read by <c>batch.Get&lt;long&gt;("field")</c>: exact for a nullable field too, whose column in a view is floating point.</summary>
    /// <inheritdoc cref="Int32(string, IReadOnlyList{int}, int?, int?)"/>
    public static TensorColumn Int64(string field, IReadOnlyList<int>? shape = null, long? padding = null, long? missing = null) =>
        new TypedTensorColumn<long>(field, ColumnType.Int64, shape, padding, missing);

    /// <summary>A field as <see cref="Single(string, IReadOnlyList{int}, float?)"/>.</summary>
    /// <param name="field">The column's name.</param>
    public static implicit operator TensorColumn(string field) => Single(field);

    /// <inheritdoc/>
    public override string ToString() => $"{Type}({Field}{(Shape is null ? "" : $", [{string.Join(", ", Shape)}]")})";

    /// <summary>The values of a row; the options have been validated.</summary>
    internal int Width(DatasetColumn column) => Shape?.Aggregate(1, (size, length) => size * length) ?? column.Slots;

    internal abstract ColumnBuffer CreateBuffer(DatasetColumn column);

    /// <summary>Why the tensor cannot be made of a column, or null.</summary>
    internal string? FaultOf(DatasetColumn column)
    {
        string which = $"{nameof(BatchOptions.Tensors)}: '{Field}'";
        if (column.Part is not null)
        {
            return $"{which} is no field of the value: read {nameof(TensorBatch)}.{nameof(TensorBatch.Partitions)}, {nameof(TensorBatch.Offsets)} or {nameof(TensorBatch.Timestamps)}";
        }

        if (column.Type == ColumnType.Text)
        {
            return $"{which} is {ColumnRoles.Describe(column)}; a tensor holds numbers";
        }

        if (column.Type >= ColumnType.DateTime && Type != ColumnType.Int64)
        {
            return $"{which} is {ColumnRoles.Describe(column)}; its ticks are {nameof(TensorColumn)}.{nameof(Int64)}(\"{Field}\")";
        }

        if (Shape is null)
        {
            return column.IsRagged
                ? $"{which} is {ColumnRoles.Describe(column)}: give the shape of a row, and what stands behind the items of shorter ones, as {nameof(TensorColumn)}.{Type}(\"{Field}\", shape: [16], padding: 0)"
                : null;
        }

        long size = Shape.Aggregate(1L, (product, length) => length > 0 && product <= int.MaxValue ? product * length : long.MaxValue);
        return size > int.MaxValue ? $"{which} has the shape [{string.Join(", ", Shape)}], which is none"
            : !column.IsRagged && size != column.Slots ? $"{which} is {ColumnRoles.Describe(column)}, and has not the shape [{string.Join(", ", Shape)}] of {size} values"
            : null;
    }
}
