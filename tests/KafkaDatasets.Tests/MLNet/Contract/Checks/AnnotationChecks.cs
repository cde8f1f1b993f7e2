using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class AnnotationChecks
{
    public static void Readable(ContractCheck check)
    {
        foreach (DataViewSchema.Column column in check.Schema)
        {
            foreach (DataViewSchema.Column annotation in column.Annotations.Schema)
            {
                string what = $"annotation {annotation.Name} of column '{column.Name}'";
                RequireSize(check, column, annotation, what);
                MethodInfo read = typeof(AnnotationChecks).GetMethod(annotation.Type is VectorDataViewType ? nameof(ReadVector) : nameof(ReadScalar), BindingFlags.NonPublic | BindingFlags.Static)!
                    .MakeGenericMethod(((annotation.Type as VectorDataViewType)?.ItemType ?? annotation.Type).RawType);
                string? fault;
                try
                {
                    fault = (string?)read.Invoke(null, [column, annotation]);
                }
                catch (TargetInvocationException e)
                {
                    throw new ContractViolation(Clause.Annotations, $"{what} cannot be read: {e.InnerException!.Message}", e.InnerException);
                }

                check.Require(fault is null, Clause.Annotations, $"{what}: {fault}");
            }
        }
    }

    private static void RequireSize(ContractCheck check, DataViewSchema.Column column, DataViewSchema.Column annotation, string what)
    {
        int? wanted = (annotation.Name, column.Type) switch
        {
            ("SlotNames", VectorDataViewType { IsKnownSize: true } vector) => vector.Size,
            ("KeyValues", KeyDataViewType key) => checked((int)key.Count),
            ("KeyValues", VectorDataViewType { ItemType: KeyDataViewType key }) => checked((int)key.Count),
            _ => null,
        };
        check.Require(wanted is null || annotation.Type is VectorDataViewType { Size: var size } && size == wanted, Clause.Annotations, $"{what} is of type {annotation.Type}, not a vector of {wanted}");
    }

    private static string? ReadScalar<T>(DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        T first = default!;
        column.Annotations.GetValue(annotation.Name, ref first);
        T second = default!;
        column.Annotations.GetValue(annotation.Name, ref second);
        return Equals(first, second) ? null : "two readings differ";
    }

    private static string? ReadVector<T>(DataViewSchema.Column column, DataViewSchema.Column annotation)
    {
        VBuffer<T> value = default;
        column.Annotations.GetValue(annotation.Name, ref value);
        T[] first = [.. value.DenseValues()];
        if (annotation.Type is VectorDataViewType { IsKnownSize: true, Size: var size } && first.Length != size)
        {
            return $"it has {first.Length} values, not {size}";
        }

        VBufferEditor.CreateFromBuffer(ref value).Values.Clear();
        VBuffer<T> again = default;
        column.Annotations.GetValue(annotation.Name, ref again);
        return again.DenseValues().Select(v => ColumnProbe.Freeze(v)).SequenceEqual(first.Select(v => ColumnProbe.Freeze(v))) ? null : "it changes when the caller writes into what it was given";
    }
}
