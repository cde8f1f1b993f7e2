namespace KafkaDatasets;

/// <summary>The distances of current rows from a <see cref="ReferenceProfile"/>, column by column.</summary>
public sealed class ProfileComparison
{
    internal ProfileComparison(ReferenceProfile reference, ReferenceProfile current, IReadOnlyList<ColumnDrift> columns)
    {
        Reference = reference;
        Current = current;
        Columns = columns;
    }

    /// <summary>The profile that was compared with.</summary>
    public ReferenceProfile Reference { get; }

    /// <summary>The profile of the current rows.</summary>
    public ReferenceProfile Current { get; }

    /// <summary>The columns, in the order of the reference; columns that only the current rows have come last.</summary>
    public IReadOnlyList<ColumnDrift> Columns { get; }

    /// <summary>The columns that have drifted.</summary>
    public IReadOnlyList<ColumnDrift> Drifted => [.. Columns.Where(c => c.IsDrifted)];

    /// <summary>Whether a column has drifted.</summary>
    public bool IsDrifted => Columns.Any(c => c.IsDrifted);

    /// <summary>Finds a column by its name.</summary>
    /// <param name="name">The column's name.</param>
    /// <returns>The column.</returns>
    /// <exception cref="KeyNotFoundException">Neither profile has the column.</exception>
    public ColumnDrift this[string name] => Columns.FirstOrDefault(c => c.Name == name) ?? throw new KeyNotFoundException($"The profiles have no column '{name}'.");
}
