using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.MLNet;

/// <summary>Finds the features that a model was trained with, by their slot names.</summary>
internal static class ModelFeatures
{
    private const string FirstItem = ".0";

    /// <exception cref="ArgumentException">The schema has no such column, or the column has no slot names.</exception>
    public static IReadOnlyList<string> Of(DataViewSchema schema, string column)
    {
        if (schema.GetColumnOrNull(column) is not { } features)
        {
            throw new ArgumentException($"The schema has no column '{column}'; it has {string.Join(", ", schema.Select(c => c.Name))}.", nameof(schema));
        }

        if (!features.HasSlotNames())
        {
            throw new ArgumentException($"The column '{column}' has no names for its slots, so that its features are unknown: name them in {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Features)}.", nameof(schema));
        }

        VBuffer<ReadOnlyMemory<char>> slots = default;
        features.GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(s => s.ToString())];
        var fields = new List<string>();
        for (int i = 0; i < names.Length; i++)
        {
            string field = names[i].EndsWith(FirstItem, StringComparison.Ordinal) ? names[i][..^FirstItem.Length] : names[i];
            if (field != names[i] && schema.GetColumnOrNull(names[i]) is null && Size(schema, field, names, i) is var size and > 0)
            {
                fields.Add(field); // a vector of the dataset is one feature with several slots
                i += size - 1;
            }
            else
            {
                fields.Add(names[i]);
            }
        }

        return fields;
    }

    /// <summary>The number of slots, starting at a given one, that are the items of a vector; 0 if they are not.</summary>
    private static int Size(DataViewSchema schema, string field, string[] names, int first)
    {
        int size = schema.GetColumnOrNull(field)?.Type is VectorDataViewType { Size: > 0 } vector ? vector.Size : names.Skip(first).TakeWhile((n, i) => n == $"{field}.{i}").Count();
        return names.Skip(first).Take(size).Where((n, i) => n == $"{field}.{i}").Count() == size ? size : 0;
    }
}
