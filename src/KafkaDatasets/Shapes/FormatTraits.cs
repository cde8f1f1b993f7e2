namespace KafkaDatasets.Shapes;

/// <summary>The capabilities of a format that affect the shape of rows.</summary>
/// <param name="Name">The format's name in messages.</param>
internal sealed record FormatTraits(string Name)
{
    /// <summary>Whether names of records, fields and enum symbols are limited to <see cref="SchemaName"/>.</summary>
    public bool NeedsNames { get; init; }

    /// <summary>Whether a field can be a record, so that a dot in a column's name denotes a nested record.</summary>
    public bool HasRecords { get; init; }

    /// <summary>Whether the format has a type for raw bytes.</summary>
    public bool HasBytes { get; init; }

    /// <summary>Whether items of a list can be null.</summary>
    public bool HasNullItems { get; init; } = true;

    /// <summary>Whether all of these texts can be the symbols of one enum.</summary>
    public bool CanBeSymbols(IReadOnlyList<string> texts)
        => texts.Distinct(StringComparer.Ordinal).Count() == texts.Count && (!NeedsNames || texts.All(SchemaName.IsValid));
}
