using System.Security.Cryptography;
using System.Text;

namespace KafkaDatasets;

/// <summary>One topic of a <see cref="DatasetManifest"/>: its offsets, columns and splits.</summary>
public sealed class ManifestTopic
{
    /// <summary>Creates the description of a topic.</summary>
    /// <param name="snapshot">The range of offsets.</param>
    /// <param name="columns">The columns, in the form of <see cref="Columns"/>; empty if they are not recorded.</param>
    /// <param name="splits">The named splits.</param>
    /// <exception cref="ArgumentException">Two splits have the same name.</exception>
    public ManifestTopic(DatasetSnapshot snapshot, IEnumerable<string> columns, IEnumerable<ManifestSplit> splits)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(splits);
        Snapshot = snapshot;
        Columns = [.. columns];
        Splits = [.. splits];
        if (Splits.GroupBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key is { } twice)
        {
            throw new ArgumentException($"Topic '{snapshot.Topic}' has two splits '{twice}'.", nameof(splits));
        }
    }

    /// <summary>The range of offsets.</summary>
    public DatasetSnapshot Snapshot { get; }

    /// <summary>The columns in the order of the schema, each as its name and type, for example <c>Amount Single</c> or <c>Items Single[]</c>; empty if they are not recorded.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The named splits.</summary>
    public IReadOnlyList<ManifestSplit> Splits { get; }

    /// <summary>The SHA-256 of <see cref="Columns"/>, in hexadecimal: equal for equal columns in the same order.</summary>
    public string SchemaFingerprint => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Columns))));

    /// <summary>The columns of a schema, in the form in which a manifest records them.</summary>
    internal static string[] ColumnsOf(DatasetSchema schema)
        => [.. schema.Columns.Select(c => FormattableString.Invariant($"{c.Name} {c.Type}{(c.IsRagged ? "[]" : c.IsVector ? $"[{c.Size}]" : "")}"))];

    /// <exception cref="InvalidOptionsException">The topic has no such split.</exception>
    internal ManifestSplit SplitOf(string name) => Splits.FirstOrDefault(s => s.Name == name)
        ?? throw new InvalidOptionsException(nameof(DatasetManifest), [$"it has no split '{name}' of topic '{Snapshot.Topic}'; its splits are {string.Join(", ", Splits.Select(s => s.Name))}"]);

    /// <summary>Describes how the columns of an open dataset differ from the recorded ones; null if they do not.</summary>
    internal string? DifferenceOf(DatasetSchema schema)
    {
        string[] now = ColumnsOf(schema);
        if (Columns.Count == 0 || Columns.SequenceEqual(now))
        {
            return null;
        }

        string[] missing = [.. Columns.Except(now)];
        string[] added = [.. now.Except(Columns)];
        return missing.Length + added.Length == 0 ? "the columns are in another order"
            : string.Join("; ", ((string[])[missing.Length == 0 ? "" : $"missing: {string.Join(", ", missing)}", added.Length == 0 ? "" : $"new: {string.Join(", ", added)}"]).Where(p => p.Length > 0));
    }
}
