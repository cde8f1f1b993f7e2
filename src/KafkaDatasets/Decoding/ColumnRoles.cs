namespace KafkaDatasets.Decoding;

/// <summary>Which columns are the label and the features: what the options ask for, held against the schema.</summary>
/// <param name="Label">The label, or null.</param>
/// <param name="Categories">The categories of a category label, else null.</param>
/// <param name="Features">The features, in the order of their slots.</param>
internal sealed record ColumnRoles(LabelColumn? Label, IReadOnlyList<string>? Categories, IReadOnlyList<string> Features)
{
    /// <exception cref="InvalidOptionsException">A label or a feature is not there or of no fitting type; it names every fault.</exception>
    public static ColumnRoles Of(DatasetSchema schema, LabelColumn? label, IReadOnlyList<string>? features)
    {
        var faults = new List<string>();
        IReadOnlyList<string>? categories = label is null ? null : CheckLabel(schema, label, faults);
        foreach (string feature in features ?? [])
        {
            if (Find(schema, feature, nameof(KafkaDatasetOptions.Features), faults) is { } column && !IsNumber(column))
            {
                faults.Add($"{nameof(KafkaDatasetOptions.Features)}: '{feature}' is of type {column.Type}; a feature is a number or a Boolean");
            }
        }

        InvalidOptionsException.ThrowIfAny(nameof(KafkaDatasetOptions), faults);
        return new ColumnRoles(label, categories, features ?? [.. schema.Columns.Where(c => c.IsNumeric && c.Name != label?.Field).Select(c => c.Name)]);
    }

    /// <summary>A column that is there, or a fault; the last one then says which columns are there.</summary>
    public static DatasetColumn? Find(DatasetSchema schema, string field, string option, List<string> faults)
    {
        if (schema.TryGetColumn(field, out DatasetColumn? column))
        {
            return column;
        }

        if (schema.Unreadable.TryGetValue(field, out string? reason))
        {
            faults.Add($"{option}: '{field}' cannot be read: {reason}");
            return null;
        }

        string columns = $"record {schema.Name} has the fields {string.Join(", ", schema.Columns.Select(c => c.Name))}";
        faults.Remove(columns);
        faults.Add($"{option}: record {schema.Name} has no field '{field}'");
        faults.Add(columns);
        return null;
    }

    public static bool IsNumber(DatasetColumn column) => column.IsNumeric || column.Type == ColumnType.Boolean;

    private static IReadOnlyList<string>? CheckLabel(DatasetSchema schema, LabelColumn label, List<string> faults)
    {
        if (Find(schema, label.Field, nameof(KafkaDatasetOptions.Label), faults) is not { } column)
        {
            return null;
        }

        if (label.Kind != LabelKind.Category)
        {
            if (!IsNumber(column))
            {
                faults.Add($"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is of type {column.Type}; {label} needs a number or a Boolean");
            }

            return null;
        }

        IReadOnlyList<string>? categories = label.Categories ?? column.KeyValues;
        if (column is { Type: ColumnType.Boolean or ColumnType.Single } or { Type: ColumnType.Double, IsNullable: false })
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is of type {column.Type}; {label} needs an enum, a text or an integer");
        }
        else if (categories?.Distinct().Count() < categories?.Count)
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: {label} has a category twice");
        }
        else if (categories is not { Count: > 0 })
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is of type {column.Type}, whose categories the schema does not list: give them to {nameof(LabelColumn)}.{nameof(LabelColumn.Category)}");
        }

        return categories;
    }
}
