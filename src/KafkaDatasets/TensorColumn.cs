using KafkaDatasets.Rows;

namespace KafkaDatasets;

/// <summary>
/// A column that each batch holds as a separate tensor, of shape [rows] or [rows, …<see cref="Shape"/>]. Numbers, Booleans (0 or 1) and enums (the zero-based symbol) can have any of
/// the four element types; dates, times and time spans are <see cref="Int64"/>, in ticks of 100 ns.
/// </summary>
/// <remarks>
/// A value that the tensor cannot hold (too large, with a fraction, missing, or a list of another size) causes a <see cref="RecordDecodingException"/>, even under
/// <see cref="BadRecordPolicy.Skip"/>: the record itself is valid, and the rows of a dataset do not depend on the tensors.
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

    /// <summary>The name of the column and of the tensor.</summary>
    public string Field { get; }

    /// <summary>The type of the elements: Single, Double, Int32 or Int64.</summary>
    public ColumnType Type { get; }

    /// <summary>The shape of one row; null for a scalar, or for the known size of a vector.</summary>
    public IReadOnlyList<int>? Shape { get; }

    /// <summary>Creates a tensor of 32-bit floating-point numbers, read by <c>batch["field"]</c>; a missing value is NaN.</summary>
    /// <param name="field">The column's name.</param>
    /// <param name="shape">The shape of one row. Required for variable-length vectors. Default null: a scalar, or the known size of a vector.</param>
    /// <param name="padding">The value that pads shorter lists. Default null: a shorter list is an error. A longer list is always an error.</param>
    /// <returns>The tensor column.</returns>
    public static TensorColumn Single(string field, IReadOnlyList<int>? shape = null, float? padding = null) =>
        new TypedTensorColumn<float>(field, ColumnType.Single, shape, padding, float.NaN);

    /// <summary>Creates a tensor of 64-bit floating-point numbers, read by <c>batch.Get&lt;double&gt;("field")</c>; a missing value is NaN.</summary>
    /// <inheritdoc cref="Single(string, IReadOnlyList{int}, float?)"/>
    public static TensorColumn Double(string field, IReadOnlyList<int>? shape = null, double? padding = null) =>
        new TypedTensorColumn<double>(field, ColumnType.Double, shape, padding, double.NaN);

    /// <summary>Creates a tensor of 32-bit integers, read by <c>batch.Get&lt;int&gt;("field")</c>.</summary>
    /// <param name="field">The column's name.</param>
    /// <param name="shape">The shape of one row. Required for variable-length vectors. Default null: a scalar, or the known size of a vector.</param>
    /// <param name="padding">The value that pads shorter lists. Default null: a shorter list is an error. A longer list is always an error.</param>
    /// <param name="missing">The value that replaces missing values. Default null: a missing value is an error.</param>
    /// <returns>The tensor column.</returns>
    public static TensorColumn Int32(string field, IReadOnlyList<int>? shape = null, int? padding = null, int? missing = null) =>
        new TypedTensorColumn<int>(field, ColumnType.Int32, shape, padding, missing);

    /// <summary>Creates a tensor of 64-bit integers, read by <c>batch.Get&lt;long&gt;("field")</c>; unlike a view, in which nullable integers are floating-point numbers, it is exact for nullable fields.</summary>
    /// <inheritdoc cref="Int32(string, IReadOnlyList{int}, int?, int?)"/>
    public static TensorColumn Int64(string field, IReadOnlyList<int>? shape = null, long? padding = null, long? missing = null) =>
        new TypedTensorColumn<long>(field, ColumnType.Int64, shape, padding, missing);

    /// <summary>Converts a column's name to <see cref="Single(string, IReadOnlyList{int}, float?)"/>.</summary>
    /// <param name="field">The column's name.</param>
    /// <returns>The tensor column.</returns>
    public static implicit operator TensorColumn(string field) => Single(field);

    /// <inheritdoc/>
    public override string ToString() => $"{Type}({Field}{(Shape is null ? "" : $", [{string.Join(", ", Shape)}]")})";

    /// <summary>The number of values in a row; the options must have been validated.</summary>
    internal int Width(DatasetColumn column) => Shape?.Aggregate(1, (size, length) => size * length) ?? column.Slots;

    /// <summary>Describes everything that the tensor's memory takes from it.</summary>
    internal abstract string Describe();

    internal abstract ColumnBuffer CreateBuffer(DatasetColumn column);

    /// <summary>Why the tensor cannot be created from a column; null if it can.</summary>
    internal string? FaultOf(DatasetColumn column)
    {
        string which = $"{nameof(BatchOptions.Tensors)}: '{Field}'";
        if (column.Part is not null)
        {
            return $"{which} is not a field of the value: read {nameof(TensorBatch)}.{nameof(TensorBatch.Partitions)}, {nameof(TensorBatch.Offsets)} or {nameof(TensorBatch.Timestamps)}";
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
                ? $"{which} is {ColumnRoles.Describe(column)}: give the shape of a row and the padding of shorter lists, for example {nameof(TensorColumn)}.{Type}(\"{Field}\", shape: [16], padding: 0)"
                : null;
        }

        long size = Shape.Aggregate(1L, (product, length) => length > 0 && product <= int.MaxValue ? product * length : long.MaxValue);
        return size > int.MaxValue ? $"{which} has the shape [{string.Join(", ", Shape)}], which is invalid: every length must be positive, and their product at most 2,147,483,647"
            : !column.IsRagged && size != column.Slots ? $"{which} is {ColumnRoles.Describe(column)}; it does not have the shape [{string.Join(", ", Shape)}] of {size} values"
            : null;
    }
}
