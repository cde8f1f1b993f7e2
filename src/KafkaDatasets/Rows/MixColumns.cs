namespace KafkaDatasets.Rows;

/// <summary>The columns that topics must have in common so that their rows can be mixed.</summary>
internal static class MixColumns
{
    /// <summary>Checks the labels and the features.</summary>
    /// <exception cref="SchemaException">A topic differs from the first one; the message says how.</exception>
    public static void Check(IReadOnlyList<KafkaDataset> datasets)
    {
        KafkaDataset first = datasets[0];
        foreach (KafkaDataset other in datasets.Skip(1))
        {
            string? difference =
                !first.Features.SequenceEqual(other.Features, first.Options.ColumnNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal) ? $"has the features {Name(other.Features)}, not {Name(first.Features)}: name them in {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Features)}"
                : first.Roles.Label?.Kind != other.Roles.Label?.Kind ? $"has {Name(other.Roles.Label)}, not {Name(first.Roles.Label)}: set {nameof(KafkaDatasetOptions)}.{nameof(KafkaDatasetOptions.Label)}"
                : !(first.Roles.Categories ?? []).SequenceEqual(other.Roles.Categories ?? []) ? $"has the classes {Name(other.Roles.Categories ?? [])}, not {Name(first.Roles.Categories ?? [])}: give them to {nameof(LabelColumn)}.{nameof(LabelColumn.Category)}"
                : null;
            if (difference is not null)
            {
                throw new SchemaException($"Topic '{other.Snapshot.Topic}' cannot be mixed with topic '{first.Snapshot.Topic}': it {difference}.") { Topic = other.Snapshot.Topic };
            }
        }
    }

    /// <summary>Checks the columns of a pass.</summary>
    /// <exception cref="SchemaException">A column of a topic has another type than in the first one.</exception>
    public static void Check(IReadOnlyList<KafkaDataset> datasets, IReadOnlyList<RowLayout> layouts)
    {
        foreach ((int topic, RowLayout layout) in layouts.Index())
        {
            foreach ((BlockColumn wanted, int index) in layouts[0].Columns.Take(layouts[0].Wanted).Zip(Map(layouts[0], layout)))
            {
                BlockColumn column = layout.Columns[index];
                if (column.Type != wanted.Type || column.Width != wanted.Width || column.Fields[0].IsRagged != wanted.Fields[0].IsRagged)
                {
                    throw new SchemaException(FormattableString.Invariant(
                        $"Topic '{datasets[topic].Snapshot.Topic}' cannot be mixed with topic '{datasets[0].Snapshot.Topic}': column '{column.Fields[0].Name}' has {column.Width} values of type {column.Type}, not {wanted.Width} of type {wanted.Type}."))
                    {
                        Topic = datasets[topic].Snapshot.Topic,
                    };
                }
            }
        }
    }

    /// <summary>The columns that all topics have with the same type.</summary>
    public static IEnumerable<DatasetColumn> Common(IReadOnlyList<KafkaDataset> datasets, IEnumerable<DatasetColumn> columns) =>
        columns.Where(c => datasets.All(d => d.Schema.TryGetColumn(c.Name, out DatasetColumn? other)
            && other.Type == c.Type && other.IsVector == c.IsVector && other.Size == c.Size && other.Part == c.Part && (other.KeyValues ?? []).SequenceEqual(c.KeyValues ?? [])));

    /// <summary>The index of each wanted column of a layout in the layout of another topic.</summary>
    public static int[] Map(RowLayout layout, RowLayout other) => [.. layout.Columns.Take(layout.Wanted).Select((column, index) =>
        index == layout.Label ? other.Label
        : index == layout.Features ? other.Features
        : other.Field(column.Tensor?.Field ?? column.Fields[0].Name))];

    private static string Name(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } text ? text : "none";

    private static string Name(LabelColumn? label) => label is null ? "no label" : $"a label of kind {label.Kind}";
}
