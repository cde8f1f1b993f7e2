using System.Security.Cryptography;
using System.Text;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.MLNet;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;
using KafkaDatasets.Tensors;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>
/// Several topics, opened as one dataset: their rows are interleaved in given proportions, the same in every pass. It is shuffled, resumed and sharded like a dataset of one topic.
/// </summary>
/// <remarks>
/// The topics need the same label and the same features; other columns may differ. Each topic is read by its own options, and each pass over it has its own <see cref="KafkaDatasetOptions.PrefetchBytes"/>.
/// </remarks>
/// <example>
/// <code>
/// await using KafkaDatasetMix mix = await KafkaDatasetMix.OpenAsync(
///     [new KafkaTopicSource("payments.eu", options), new KafkaTopicSource("payments.us", options)],
///     new MixOptions { Weights = [0.7, 0.3] },
///     cancellationToken);
/// await foreach (TensorBatch batch in mix.ReadBatchesAsync(new BatchOptions { Shuffle = Shuffle.Seeded(seed: 42, epoch: 3) }, cancellationToken))
/// {
///     using (batch)
///     {
///         Console.WriteLine($"{batch.Rows} rows, the first from {mix.Datasets[batch.Topics[0]].Snapshot.Topic}");
///     }
/// }
/// </code>
/// </example>
public sealed class KafkaDatasetMix : IAsyncDisposable
{
    /// <summary>The largest number of topics: the state of a pass, which has the position in each, is smaller than 1 kB.</summary>
    public const int MaxTopics = 16;

    private readonly MixOptions _options;
    private readonly string _fingerprint;

    private KafkaDatasetMix(IReadOnlyList<KafkaDataset> datasets, MixOptions options)
    {
        Datasets = datasets;
        _options = options;
        Weights = options.Weights is { } weights ? [.. weights] : [.. datasets.Select(d => (double)Math.Max(1, d.Snapshot.Length))];
        _fingerprint = Fingerprint();
    }

    /// <summary>The datasets of the topics, in the order in which they were given.</summary>
    public IReadOnlyList<KafkaDataset> Datasets { get; }

    /// <summary>The proportions of the topics: those of the options, or the lengths of the snapshots. A topic whose snapshot has the length 0 takes no part.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>The names of the features, as in <see cref="KafkaDataset.Features"/>; they are the same in every topic.</summary>
    public IReadOnlyList<string> Features => Datasets[0].Features;

    /// <summary>Opens topics as one dataset.</summary>
    /// <param name="topics">The topics, each with its own options, for example its cluster, range and split.</param>
    /// <param name="options">The proportions of the topics; null for those of their lengths.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <returns>The dataset; dispose it.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid, or there are no topics or more than <see cref="MaxTopics"/>.</exception>
    /// <exception cref="SchemaException">The topics have different labels or features.</exception>
    /// <exception cref="KafkaDatasetException">A topic cannot be opened, as for <see cref="KafkaDataset.OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>.</exception>
    public static async Task<KafkaDatasetMix> OpenAsync(IReadOnlyList<KafkaTopicSource> topics, MixOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topics);
        options ??= new MixOptions();
        if (topics.Count is 0 or > MaxTopics)
        {
            throw new InvalidOptionsException(nameof(KafkaDatasetMix), [FormattableString.Invariant($"there are {topics.Count} topics: give from 1 to {MaxTopics}")]);
        }

        if (topics.Any(t => t is null))
        {
            throw new InvalidOptionsException(nameof(KafkaDatasetMix), ["a topic is null"]);
        }

        options.Validate(topics.Count);
        var datasets = new List<KafkaDataset>();
        try
        {
            foreach (KafkaTopicSource topic in topics)
            {
                datasets.Add(await OpenAsync(topic, cancellationToken).ConfigureAwait(false));
            }

            return Of(datasets, options);
        }
        catch
        {
            await DisposeAsync(datasets).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a split of all topics of a manifest as one dataset: exactly the recorded offsets, with the recorded columns.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="split">The split's name, for example <c>train</c>, which every topic has.</param>
    /// <param name="options">How the topics are read; <see cref="KafkaDatasetOptions.Range"/> and <see cref="KafkaDatasetOptions.Split"/> come from the manifest and must not be set.</param>
    /// <param name="mix">The proportions of the topics, in the order of the manifest; null for those of their lengths.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <returns>The dataset; dispose it.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid, or a topic has no such split.</exception>
    /// <exception cref="SchemaException">The topics have different labels or features, or their columns differ from those that the manifest records.</exception>
    /// <exception cref="KafkaDatasetException">A topic cannot be opened.</exception>
    public static async Task<KafkaDatasetMix> OpenAsync(DatasetManifest manifest, string split, KafkaDatasetOptions options, MixOptions? mix = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(options);
        mix ??= new MixOptions();
        if (manifest.Topics.Count > MaxTopics)
        {
            throw new InvalidOptionsException(nameof(KafkaDatasetMix), [FormattableString.Invariant($"there are {manifest.Topics.Count} topics: give from 1 to {MaxTopics}")]);
        }

        mix.Validate(manifest.Topics.Count);
        var datasets = new List<KafkaDataset>();
        try
        {
            foreach (ManifestTopic topic in manifest.Topics)
            {
                datasets.Add(await KafkaDataset.OpenAsync(manifest.ForTopic(topic.Snapshot.Topic), split, options, cancellationToken).ConfigureAwait(false));
            }

            return Of(datasets, mix);
        }
        catch
        {
            await DisposeAsync(datasets).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the rows in batches; each enumeration is one pass, for one caller at a time. Dispose each batch after use.</summary>
    /// <param name="options">The batches and the order of the rows; null for batches of 1000 rows, each topic in canonical order. With a shuffle, each topic is shuffled as it would be alone.</param>
    /// <param name="cancellationToken">Ends the pass with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The batches; <see cref="TensorBatch.Topics"/> tells which topic each row comes from.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found. Thrown by the call itself, before the enumeration.</exception>
    /// <exception cref="ObjectDisposedException">The dataset is disposed.</exception>
    public IAsyncEnumerable<TensorBatch> ReadBatchesAsync(BatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        using InvariantCulture culture = InvariantCulture.Use();
        options ??= new BatchOptions();
        var layouts = new List<RowLayout>();
        foreach (KafkaDataset dataset in Datasets)
        {
            dataset.ThrowIfDisposed();
            layouts.Add(dataset.LayoutOf(true, options.Bind(dataset.Schema, dataset.Options.ColumnNameCaseInsensitive, (state, faults) => CheckState(options, state, faults))));
        }

        MixColumns.Check(Datasets, layouts);
        var layout = new RowLayout(Datasets[0].Roles, true, options.Bind(Datasets[0].Schema, Datasets[0].Options.ColumnNameCaseInsensitive, static (_, _) => { }));
        ReadOrder[] orders = [.. Datasets.Select((d, topic) => options.OrderOf(d.Snapshot, topic))];
        return new BatchEnumerable(Names, token => OpenBatches(options, orders, layout, layouts, token), cancellationToken);
    }

    /// <summary>
    /// Returns the dataset as an ML.NET view with <c>Label</c>, <c>Features</c>, and every column that all topics have with the same type, under its own name.
    /// The view does not need to be disposed, and is valid until this dataset is disposed.
    /// </summary>
    /// <param name="ml">The context in which the view is used; each pass is logged to its <see cref="MLContext.Log"/>.</param>
    /// <returns>The view.</returns>
    /// <exception cref="ObjectDisposedException">The dataset is disposed.</exception>
    public IDataView ToDataView(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        foreach (KafkaDataset dataset in Datasets)
        {
            dataset.ThrowIfDisposed();
        }

        return new MixView(this, ml);
    }

    /// <summary>Closes the connections. Passes that are still running end with an exception.</summary>
    public ValueTask DisposeAsync() => DisposeAsync(Datasets);

    /// <summary>The names of the topics, for messages.</summary>
    internal string Names => string.Join(", ", Datasets.Select(d => d.Snapshot.Topic));

    /// <summary>Mixes datasets that are already open; the mix disposes them.</summary>
    /// <exception cref="SchemaException">The datasets have different labels or features.</exception>
    internal static KafkaDatasetMix Of(IReadOnlyList<KafkaDataset> datasets, MixOptions options)
    {
        options.Validate(datasets.Count);
        MixColumns.Check(datasets);
        return new KafkaDatasetMix(datasets, options);
    }

    /// <summary>Starts a pass for a cursor.</summary>
    internal MixReader OpenCursor(RowLayout layout, IReadOnlyList<RowLayout> layouts, Shuffle? shuffle)
    {
        var topics = new List<MixedTopic>();
        foreach ((int index, KafkaDataset dataset) in Datasets.Index())
        {
            (BlockReader reader, IRowReader rows) = dataset.OpenCursor(layouts[index], shuffle);
            topics.Add(new MixedTopic(reader, rows, ReadOrder.Of(dataset.Snapshot), MixColumns.Map(layout, layouts[index])));
        }

        return new MixReader(topics, layout, Schedule(new long[topics.Count]), _options.End, KafkaDataset.CursorBlockRows);
    }

    private static async Task<KafkaDataset> OpenAsync(KafkaTopicSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await KafkaDataset.OpenAsync(source.Topic, source.Options, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOptionsException e)
        {
            throw e.Of(nameof(KafkaDatasetMix), source.Topic);
        }
    }

    private static async ValueTask DisposeAsync(IEnumerable<KafkaDataset> datasets)
    {
        foreach (KafkaDataset dataset in datasets)
        {
            await dataset.DisposeAsync().ConfigureAwait(false);
        }
    }

    private BatchPass OpenBatches(BatchOptions options, IReadOnlyList<ReadOrder> orders, RowLayout layout, IReadOnlyList<RowLayout> layouts, CancellationToken cancellationToken)
    {
        var topics = new List<MixedTopic>();
        foreach ((int index, KafkaDataset dataset) in Datasets.Index())
        {
            (BlockReader reader, IRowReader rows) = dataset.OpenRange(orders[index], layouts[index], options.BatchSize, cancellationToken);
            topics.Add(new MixedTopic(reader, rows, orders[index], MixColumns.Map(layout, layouts[index])));
        }

        MixSchedule schedule = Schedule(options.ResumeFrom?.Rows ?? new long[topics.Count]);
        var mix = new MixReader(topics, layout, schedule, _options.End, options.BatchSize);
        return new BatchPass(mix, new BatchAssembler(mix, options), new BatchSource(mix, layout, new PassIdentity("", _fingerprint, options.OwnShuffle, null), null));
    }

    /// <summary>Returns the schedule of a pass; topics without records take no part, and so do not end it.</summary>
    /// <param name="taken">The rows that each topic has already given.</param>
    private MixSchedule Schedule(IReadOnlyList<long> taken)
    {
        var schedule = new MixSchedule(Weights, taken);
        foreach ((int topic, KafkaDataset dataset) in Datasets.Index())
        {
            if (dataset.Snapshot.Length == 0)
            {
                schedule.LeaveOut(topic);
            }
        }

        return schedule;
    }

    private void CheckState(BatchOptions options, ReadState state, List<string> faults)
    {
        if (state.Rows is null || state.Snapshot != _fingerprint || state.Places.Count != Datasets.Count)
        {
            faults.Add($"{nameof(BatchOptions.ResumeFrom)} is not of this {nameof(KafkaDatasetMix)}: open the same topics in the same order, each with {nameof(TopicRange)}.{nameof(TopicRange.Snapshot)} and the snapshot and split that was read then, and the same {nameof(MixOptions)}");
        }
        else if (options.ShuffleFault(state) is { } fault)
        {
            faults.Add(fault);
        }
        else if (Datasets.Where((d, topic) => state.Places[topic] < 0 || state.Rows[topic] < 0 || state.Places[topic] > ReadOrder.Of(d.Snapshot, state.Shuffle).Length).Any())
        {
            faults.Add($"{nameof(BatchOptions.ResumeFrom)} is damaged: it is beyond the end of a snapshot");
        }
    }

    /// <summary>A hash of everything that determines the rows and their order.</summary>
    private string Fingerprint()
    {
        string[] parts =
        [
            $"{_options.End}",
            .. Datasets.Select((d, topic) => FormattableString.Invariant($"{d.Snapshot.Fingerprint} {BitConverter.DoubleToInt64Bits(Weights[topic])} {ReadState.NameOf(d.Options.Split)}")),
        ];
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))).AsSpan(0, 16));
    }
}
