using System.Globalization;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Rows;

/// <summary>The columns for the label and the features: the options resolved against the schema.</summary>
/// <param name="Label">The label, or null.</param>
/// <param name="LabelField">The label's column, or null.</param>
/// <param name="Categories">The categories of a category label, or null for other labels.</param>
/// <param name="Features">The features, in slot order.</param>
internal sealed record ColumnRoles(LabelColumn? Label, DatasetColumn? LabelField, IReadOnlyList<string>? Categories, IReadOnlyList<DatasetColumn> Features)
{
    /// <summary>What becomes of records whose binary label is missing.</summary>
    public MissingLabels MissingLabels { get; init; }

    /// <summary>The texts whose index is the label's class: those of a category label; for a binary label by value, the negative text (empty when it is every other value) and the positive one; otherwise null.</summary>
    public IReadOnlyList<string>? Classes => Label?.Positive is { } positive ? [Label.Negative ?? "", positive] : Categories;

    /// <summary>The names of the feature slots.</summary>
    public IReadOnlyList<string> SlotNames { get; } = [.. Features.SelectMany(f => f.SlotNames)];

    /// <summary>Resolves the options against the schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="options">The options.</param>
    /// <param name="isOpened">Whether the schema is that of a topic; false for a saved model's columns, which were checked when it was saved and do not tell nullable integers from floating-point numbers.</param>
    /// <exception cref="InvalidOptionsException">A label or feature does not exist or has an unsuitable type; the message lists every problem found.</exception>
    public static ColumnRoles Of(DatasetSchema schema, KafkaDatasetOptions options, bool isOpened = true)
    {
        var faults = new List<string>();
        LabelColumn? label = options.Label;
        bool ignoreCase = options.ColumnNameCaseInsensitive;
        DatasetColumn? labelField = label is null ? null : Find(schema, label.Field, ignoreCase, nameof(KafkaDatasetOptions.Label), faults);
        IReadOnlyList<string>? categories = labelField is null ? null : CheckLabel(labelField, label!, isOpened ? ValueType(schema, labelField) : null, faults);
        var columns = new List<DatasetColumn>();
        foreach (string feature in options.Features ?? [])
        {
            if (Find(schema, feature, ignoreCase, nameof(KafkaDatasetOptions.Features), faults) is { } column)
            {
                if (column == labelField || columns.Contains(column))
                {
                    faults.Add($"{nameof(KafkaDatasetOptions.Features)}: '{feature}' is {(column == labelField ? $"the label '{column.Name}'" : $"'{column.Name}', which is named before")}");
                }

                columns.Add(column);
                if (!column.CanBeFeature)
                {
                    faults.Add($"{nameof(KafkaDatasetOptions.Features)}: '{feature}' is {Describe(column)}; a feature is a number or a Boolean, or a vector of those that has the same size in every record{(column is { Type: ColumnType.Key or ColumnType.Text, IsVector: false } ? $": leave it out, and encode its column in the pipeline, ml.Transforms.Categorical.OneHotEncoding(\"{column.Name}\")" : "")}");
                }
            }
        }

        StringComparison comparison = Comparison(ignoreCase);
        foreach (string key in options.ExtraColumns.Where(k => schema.Find(k, ignoreCase).Count > 1 || !schema.Columns.Any(c => ColumnPath.IsWithin(c.Name, k, comparison))))
        {
            Find(schema, key, ignoreCase, nameof(KafkaDatasetOptions.ExtraColumns), faults);
        }

        InvalidOptionsException.ThrowIfAny(nameof(KafkaDatasetOptions), faults);
        return new ColumnRoles(label, labelField, categories, options.Features is null ? [.. schema.Columns.Where(c => c.IsNumeric && c != labelField)] : columns) { MissingLabels = options.MissingLabels };
    }

    /// <summary>Finds a column or reports a problem; the last problem reported also lists the columns that exist.</summary>
    public static DatasetColumn? Find(DatasetSchema schema, string field, bool ignoreCase, string option, List<string> faults)
    {
        IReadOnlyList<DatasetColumn> found = schema.Find(field, ignoreCase);
        if (found.Count == 1)
        {
            return found[0];
        }

        if (found.Count > 1)
        {
            faults.Add($"{option}: '{field}' is ambiguous without regard to case: it may be {string.Join(" or ", found.Select(c => $"'{c.Name}'"))}");
            return null;
        }

        if (schema.Unreadable.FirstOrDefault(u => ColumnPath.IsWithin(field, u.Key, Comparison(ignoreCase))).Value is { } reason)
        {
            faults.Add($"{option}: '{field}' cannot be read: {reason}");
            return null;
        }

        string record = schema.Name == "the options" ? "the format of the options" : $"record {schema.Name}";
        string columns = $"{record} has the fields {string.Join(", ", schema.Columns.Select(c => c.Name))}";
        faults.Remove(columns);
        faults.Add($"{option}: {record} has no field '{field}'{(SimilarNames.Find(field, schema.Columns.Select(c => c.Name)) is { } similar ? $", did you mean '{similar}'?" : "")}");
        faults.Add(columns);
        return null;
    }

    /// <summary>How names are compared.</summary>
    public static StringComparison Comparison(bool ignoreCase) => ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Describes a column's type: <c>of type Int32</c>, <c>a vector of Single</c>.</summary>
    public static string Describe(DatasetColumn column) => column switch
    {
        { IsRagged: true } => $"a vector of {column.Type} with a different size in each record",
        { IsVector: true } => $"a vector of {column.Size} values of type {column.Type}",
        _ => $"of type {column.Type}",
    };

    private static IReadOnlyList<string>? CheckLabel(DatasetColumn column, LabelColumn label, ColumnType? type, List<string> faults)
    {
        if (column.Part is not null || column.IsVector)
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is {(column.IsVector ? Describe(column) : "not a field of the value")}; {label} needs one field of the value");
            return null;
        }

        if (label.Kind != LabelKind.Category)
        {
            faults.AddRange(label.Positive is null ? NumberFaults(column, label) : PositiveFaults(column, label, type));
            return null;
        }

        IReadOnlyList<string>? categories = label.Categories ?? column.KeyValues ?? column.Symbols;
        if (!CanBeClass(type))
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is {Describe(column)}; {label} needs an enum, a text or an integer");
        }
        else if (categories?.Contains(null) == true)
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: {label} has a category that is null");
        }
        else if (categories?.Distinct().Count() < categories?.Count)
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: {label} has a category twice");
        }
        else if (categories is not { Count: > 0 })
        {
            faults.Add($"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is {Describe(column)}, whose categories the schema does not list: give them to {nameof(LabelColumn)}.{nameof(LabelColumn.Category)}");
        }
        else if (IntegerFault(label, type, categories) is { } fault)
        {
            faults.Add(fault);
        }

        return categories;
    }

    private static IEnumerable<string> NumberFaults(DatasetColumn column, LabelColumn label)
    {
        if (column.CanBeFeature)
        {
            yield break;
        }

        string cure = label.Kind != LabelKind.Binary || column.Type is not (ColumnType.Text or ColumnType.Key) ? ""
            : $": name the value that is positive, {nameof(LabelColumn)}.{nameof(LabelColumn.Binary)}(\"{label.Field}\", positive: \"{(column.KeyValues ?? column.Symbols)?[0] ?? "true"}\")";
        yield return $"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is {Describe(column)}; {label} needs a number or a Boolean{cure}";
    }

    /// <summary>Lists the problems of a binary label by value, which needs a text or integer field and, for an enum, one of its symbols, or for an integer, its digits.</summary>
    private static IEnumerable<string> PositiveFaults(DatasetColumn column, LabelColumn label, ColumnType? type)
    {
        if (!CanBeClass(type))
        {
            yield return $"{nameof(KafkaDatasetOptions.Label)}: '{label.Field}' is {Describe(column)}; {label} with a positive value needs a text, an enum or an integer: leave out the positive value if the field is 0 or 1";
        }
        else if ((column.KeyValues ?? column.Symbols) is { } symbols)
        {
            foreach (string value in new[] { label.Positive!, label.Negative }.OfType<string>().Where(v => !symbols.Contains(v)))
            {
                yield return $"{nameof(KafkaDatasetOptions.Label)}: '{value}' is not a value of '{label.Field}', which has {string.Join(", ", symbols.Select(s => $"'{s}'"))}";
            }
        }
        else if (IntegerFault(label, type, [label.Positive!, .. label.Negative is { } negative ? [negative] : Array.Empty<string>()]) is { } fault)
        {
            yield return fault;
        }
    }

    /// <summary>The type of a field's values where they are not missing: that of the integers of a nullable integer, whose column is floating point.</summary>
    private static ColumnType ValueType(DatasetSchema schema, DatasetColumn column) => schema.NullableIntegers.TryGetValue(column.Name, out ColumnType integer) ? integer : column.Type;

    /// <summary>Whether the values of a type can be classes; null for a type that was checked before.</summary>
    private static bool CanBeClass(ColumnType? type) => type is not (ColumnType.Boolean or ColumnType.Single or ColumnType.Double or >= ColumnType.DateTime);

    /// <summary>Lists the values that no record of an integer field can have, since they are not how such an integer is written; null if there are none.</summary>
    private static string? IntegerFault(LabelColumn label, ColumnType? type, IReadOnlyList<string> values)
    {
        if (RangeOf(type) is not var (least, most))
        {
            return null;
        }

        string[] wrong = [.. values.Where(v => !IsInteger(v, least, most)).Select(v => $"'{v}'")];
        return wrong.Length == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{nameof(KafkaDatasetOptions.Label)}: {string.Join(", ", wrong)} {(wrong.Length == 1 ? "is not a value" : "are not values")} of '{label.Field}', an integer of type {type}: write the decimal digits of a number from {least} to {most}, without a plus sign, leading zeros or decimals, for example \"1\"");
    }

    private static bool IsInteger(string text, Int128 least, Int128 most) =>
        Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value)
        && value >= least && value <= most && value.ToString(CultureInfo.InvariantCulture) == text;

    private static (Int128 Least, Int128 Most)? RangeOf(ColumnType? type) => type switch
    {
        ColumnType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ColumnType.UInt8 => (byte.MinValue, byte.MaxValue),
        ColumnType.Int16 => (short.MinValue, short.MaxValue),
        ColumnType.UInt16 => (ushort.MinValue, ushort.MaxValue),
        ColumnType.Int32 => (int.MinValue, int.MaxValue),
        ColumnType.UInt32 => (uint.MinValue, uint.MaxValue),
        ColumnType.Int64 => (long.MinValue, long.MaxValue),
        ColumnType.UInt64 => (ulong.MinValue, ulong.MaxValue),
        _ => null,
    };
}
