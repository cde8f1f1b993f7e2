using System.Text.Json;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Monitoring.Comparison;
using KafkaDatasets.Monitoring.Profiles;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;

namespace KafkaDatasets;

/// <summary>
/// The distribution of every column of a dataset, in a few kilobytes a column: store it beside a model, and compare what the model scores later with what it was trained from.
/// </summary>
/// <remarks>
/// Numbers and Booleans, texts and enums have a profile; vectors of fixed size have one for each item. Dates and times, and vectors whose size varies, have none.
/// Profiles of parts can be merged into the profile of the whole.
/// </remarks>
/// <example>
/// <code>
/// ReferenceProfile current = await ReferenceProfile.CreateAsync(dataset, cancellationToken);
/// ReferenceProfile trained = ReferenceProfile.Parse(File.ReadAllText("model.profile.json"));
/// foreach (ColumnDrift column in trained.CompareTo(current).Drifted)
/// {
///     Console.WriteLine($"{column.Name}: {string.Join(", ", column.Reasons)}");
/// }
/// </code>
/// </example>
public sealed class ReferenceProfile
{
    /// <summary>The number of rows that are added at once.</summary>
    private const int BlockRows = 8192;

    internal ReferenceProfile(long rows, IReadOnlyList<DatasetSnapshot> snapshots, IReadOnlyList<ColumnProfile> columns)
    {
        Rows = rows;
        Snapshots = snapshots;
        Columns = columns;
    }

    /// <summary>The number of rows.</summary>
    public long Rows { get; }

    /// <summary>The offsets that were profiled: one snapshot, or those of the merged profiles.</summary>
    public IReadOnlyList<DatasetSnapshot> Snapshots { get; }

    /// <summary>The profiles of the columns.</summary>
    public IReadOnlyList<ColumnProfile> Columns { get; }

    /// <summary>Reads every row of a dataset once, and builds its profile.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="KafkaDatasetException">The dataset cannot be read, as for <see cref="KafkaDataset.ReadBatchesAsync"/>.</exception>
    /// <exception cref="ObjectDisposedException">The dataset is disposed.</exception>
    public static async Task<ReferenceProfile> CreateAsync(KafkaDataset dataset, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataset);

        // Features that are 32-bit numbers already are read as one matrix, which is the fastest way; others as they are, since a profile must not round them.
        bool asMatrix = dataset.Roles.Features.Count > 0 && dataset.Roles.Features.All(f => f.Type == ColumnType.Single);
        var layout = new RowLayout(
            dataset.Roles,
            asMatrix,
            dataset.Schema.Columns.Where(c => ProfileBuilder.Has(c) && !(asMatrix && dataset.Roles.Features.Contains(c))).Select(c => new BlockColumn(c)));
        var builder = new ProfileBuilder(layout);
        (BlockReader reader, IRowReader rows) = dataset.OpenRange(ReadOrder.Of(dataset.Snapshot), layout, BlockRows, cancellationToken);
        await using BlockReader closing = reader;
        while (await rows.ReadAsync().ConfigureAwait(false) is { } block)
        {
            builder.Add(block);
            rows.Return(block);
        }

        return new ReferenceProfile(builder.Rows, [dataset.Snapshot], builder.Finish());
    }

    /// <summary>Reads a profile written by <see cref="ToJson"/>.</summary>
    /// <param name="json">The JSON.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="FormatException">The JSON is not a profile; the message says why.</exception>
    public static ReferenceProfile Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using InvariantCulture culture = InvariantCulture.Use();
        ProfileDocument document = ProfileDocument.Parse(json);
        return new ReferenceProfile(document.Rows, [.. document.Snapshots.Select(s => DatasetSnapshot.Parse(s.GetRawText()))], [.. document.Columns.Select(Read)]);
    }

    /// <summary>Writes the profile as JSON, which <see cref="Parse"/> reads back.</summary>
    /// <returns>The JSON: about 20 kB for a column of numbers of millions of rows.</returns>
    public string ToJson() => new ProfileDocument(
        ProfileDocument.CurrentFormat,
        Rows,
        [.. Snapshots.Select(s => JsonDocument.Parse(s.ToJson()).RootElement)],
        [.. Columns.Select(Write)]).ToJson();

    /// <summary>Returns the profile of the rows of both profiles, which do not change.</summary>
    /// <param name="other">The other profile, of the same columns.</param>
    /// <returns>The merged profile.</returns>
    /// <exception cref="ArgumentException">The profiles have other columns.</exception>
    public ReferenceProfile Merge(ReferenceProfile other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!Columns.Select(c => (c.Name, c.Type)).SequenceEqual(other.Columns.Select(c => (c.Name, c.Type))))
        {
            throw new ArgumentException("The profiles cannot be merged: they have other columns, or the columns have other types.", nameof(other));
        }

        return new ReferenceProfile(Rows + other.Rows, [.. Snapshots, .. other.Snapshots], [.. Columns.Zip(other.Columns, (first, second) => first.Merge(second))]);
    }

    /// <summary>Compares current rows with this profile, column by column.</summary>
    /// <param name="current">The profile of the current rows.</param>
    /// <param name="thresholds">The distances from which a column has drifted; null for the defaults.</param>
    /// <returns>The distances of every column that either profile has.</returns>
    public ProfileComparison CompareTo(ReferenceProfile current, DriftThresholds? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(current);
        thresholds ??= new DriftThresholds();
        thresholds.Validate();
        using InvariantCulture culture = InvariantCulture.Use();
        return ColumnComparer.Compare(this, current, thresholds);
    }

    private static ProfileDocument.Column Write(ColumnProfile column) => column.Numbers is { } numbers
        ? new ProfileDocument.Column(column.Name, column.Type, numbers.Missing)
        {
            Infinite = numbers.Infinite,
            Mean = numbers.Mean,
            Deviations = numbers.Deviations,
            Sketch = numbers.Quantiles.ToBytes(),
        }
        : new ProfileDocument.Column(column.Name, column.Type, column.Missing)
        {
            Count = column.Count,
            Error = column.CategoryError,
            Categories = new SortedDictionary<string, long>(column.Categories.ToDictionary(), StringComparer.Ordinal),
        };

    private static ColumnProfile Read(ProfileDocument.Column column)
    {
        try
        {
            return column switch
            {
                { Sketch: { } sketch } => new ColumnProfile(column.Name, column.Type, new NumberSketch(column.Missing, column.Infinite ?? 0, column.Mean ?? 0, column.Deviations ?? 0, QuantileSketch.Read(sketch))),
                { Categories: { } categories } => new ColumnProfile(column.Name, column.Type, new CategorySketch(column.Count ?? 0, column.Missing, column.Error ?? 0, categories)),
                _ => throw new FormatException("it has neither numbers nor categories"),
            };
        }
        catch (FormatException e)
        {
            throw new FormatException($"Column '{column.Name}' of the reference profile is damaged: {e.Message}.", e);
        }
    }
}
