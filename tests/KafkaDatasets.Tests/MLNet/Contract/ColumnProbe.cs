using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Reads one column of a cursor, whatever its type; makes copies that can be compared.</summary>
internal abstract class ColumnProbe
{
    public static ColumnProbe Of(DataViewRow row, DataViewSchema.Column column) => (ColumnProbe)(column.Type is VectorDataViewType vector
        ? Create(typeof(VectorProbe<>), vector.ItemType.RawType, row, column)
        : Create(typeof(ScalarProbe<>), column.Type.RawType, row, column));

    /// <summary>Calls the getter, with nothing to overwrite.</summary>
    public abstract object Read();

    /// <summary>Calls the getter again and again: with nothing to overwrite, with what the last call gave, and with rubbish.</summary>
    public abstract IEnumerable<object> ReadInManyWays();

    /// <summary>What the getter gives as it is; the probe returned copies it when asked.</summary>
    public abstract Func<object> Keep();

    /// <summary>Whether two calls give overlapping memory, and whether the values survive when the caller overwrites what it was given.</summary>
    public abstract string? FindSharing();

    public static object Freeze<T>(T value) => value is ReadOnlyMemory<char> text ? text.ToString() : value!;

    private static object Create(Type probe, Type type, DataViewRow row, DataViewSchema.Column column)
    {
        try
        {
            return Activator.CreateInstance(probe.MakeGenericType(type), row, column)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is { } cause)
        {
            throw new ContractViolation(Clause.Getters, $"column '{column.Name}' is active, but there is no getter for its own type: {cause.Message}", cause);
        }
    }
}
