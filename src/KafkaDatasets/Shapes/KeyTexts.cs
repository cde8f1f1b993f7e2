using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Shapes;

/// <summary>Gets the key values of a key column, as text.</summary>
internal static class KeyTexts
{
    private const string KeyValues = nameof(KeyValues);

    /// <returns>The texts in the order of the keys, or null when the column has no key values.</returns>
    public static string[]? Of(DataViewSchema.Column column)
        => column.Annotations.Schema.GetColumnOrNull(KeyValues) is { Type: VectorDataViewType { ItemType: var item } }
            ? (string[])typeof(KeyTexts).GetMethod(nameof(Read), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(item.RawType).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [column], null)!
            : null;

    private static string[] Read<TValue>(DataViewSchema.Column column)
    {
        VBuffer<TValue> values = default;
        column.GetKeyValues(ref values);
        return [.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
    }
}
