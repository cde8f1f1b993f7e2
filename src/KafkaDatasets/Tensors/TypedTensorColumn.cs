using KafkaDatasets.Rows;

namespace KafkaDatasets;

/// <summary>A tensor column whose elements have a given .NET type.</summary>
internal sealed class TypedTensorColumn<T>(string field, ColumnType type, IReadOnlyList<int>? shape, T? padding, T? missing) : TensorColumn(field, type, shape)
    where T : unmanaged
{
    internal override string Describe() => FormattableString.Invariant($"{this}|{padding}|{missing}");

    internal override ColumnBuffer CreateBuffer(DatasetColumn column) => new FixedColumn<T>(Type, Width(column), new TensorRule<T>(Field, padding, missing));
}
