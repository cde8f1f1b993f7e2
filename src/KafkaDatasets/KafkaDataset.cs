using KafkaDatasets.Clients;
using KafkaDatasets.Decoding;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Cache;
using KafkaDatasets.Formats;
using KafkaDatasets.MLNet;
using KafkaDatasets.Pipeline;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>
/// A range of a Kafka topic, opened as a dataset. Every pass, including concurrent ones, gives the same rows in the same order:
/// stripes of <see cref="DatasetSnapshot.StripeLength"/> consecutive offsets taken from the partitions in turn.
/// </summary>
/// <example>
/// <code>
/// await using KafkaDataset payments = await KafkaDataset.OpenAsync("payments", options, cancellationToken);
/// await foreach (TensorBatch batch in payments.ReadBatchesAsync(new BatchOptions { BatchSize = 1000 }, cancellationToken))
/// {
///     using (batch)
///     {
///         Console.WriteLine($"{batch.Rows} rows from offset {batch.Offsets[0]} on");
///     }
/// }
///
/// IDataView view = payments.ToDataView(ml);   // the same rows for ML.NET
/// </code>
/// </example>
public sealed class KafkaDataset : IAsyncDisposable
{
    /// <summary>The number of rows in a block that a cursor reads.</summary>
    internal const int CursorBlockRows = 1024;

    private readonly KafkaDatasetOptions _options;
    private readonly IFetchEngine _engine;
    private readonly DatasetFormat _format;
    private readonly ILogger _logger;
    private readonly BadRecords _badRecords;
    private readonly ColumnWatch _watch;
    private readonly Func<IRecordFilter>? _createFilter;
    private readonly CancellationTokenSource _disposed = new();
    private int _cursorStrip;

    private KafkaDataset(KafkaDatasetOptions options, DatasetSnapshot snapshot, DatasetFormat format, IFetchEngine engine, ILogger logger)
    {
        _options = options;
        _engine = engine;
        _format = format;
        _logger = logger;
        _badRecords = new BadRecords(snapshot.Topic, options.OnBadRecord, logger);
        _watch = new ColumnWatch(snapshot.Topic, logger);
        Snapshot = snapshot;
        Roles = ColumnRoles.Of(format.Schema, options);
        _createFilter = SplitFilter.Of(options, format, _badRecords);
    }

    /// <summary>The offsets that the range was resolved to, which never change.</summary>
    public DatasetSnapshot Snapshot { get; }

    /// <summary>The columns of the dataset.</summary>
    public DatasetSchema Schema => _format.Schema;

    /// <summary>The names of the features, in the order in which a batch and the view's <c>Features</c> hold them; the items of a vector are <c>name.0</c>, <c>name.1</c> and so on.</summary>
    public IReadOnlyList<string> Features => Roles.SlotNames;

    /// <summary>
    /// The number of records that all passes have skipped under <see cref="BadRecordPolicy.Skip"/>: a record counts each time that it is decoded, in a second pass too, and in a shuffled pass that reads
    /// windows several times because they do not fit into <see cref="KafkaDatasetOptions.PrefetchBytes"/>, of which the log warns.
    /// </summary>
    public long SkippedRecords => _badRecords.Skipped;

    internal ColumnRoles Roles { get; }

    /// <summary>The ids of the schemas that the records read so far were written with.</summary>
    internal IEnumerable<WriterSchemaId> SeenSchemas => _format.SeenSchemas;

    internal IFetchEngine Engine => _engine;

    internal FetchContext Context => ContextOf(_options, _logger);

    internal static FetchContext ContextOf(KafkaDatasetOptions options) => ContextOf(options, options.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance);

    /// <summary>Receives each record that is skipped because it cannot be decoded.</summary>
    internal Action<RecordChunk, int, RecordDecodingException>? OnRejected
    {
        set => _badRecords.Rejected = value;
    }

    internal ViewColumns ViewColumns => _options.ViewColumns;

    internal KafkaDatasetOptions Options => _options;

    /// <summary>Opens a topic as a dataset: resolves the range and finds the schema.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and what a row is.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <returns>The dataset; dispose it.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid, or the range goes beyond the log's end; the message lists every problem found.</exception>
    /// <exception cref="BrokerException">No broker could be reached in time, or access was denied.</exception>
    /// <exception cref="TopicNotFoundException">The topic, or a requested partition, does not exist.</exception>
    /// <exception cref="SchemaException">The registry has no schema for the topic, or cannot be reached.</exception>
    /// <exception cref="DataLossException">The requested range is no longer in the log.</exception>
    public static Task<KafkaDataset> OpenAsync(string topic, KafkaDatasetOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentNullException.ThrowIfNull(options);
        return OpenAsync(topic, options, bind: null, cancellationToken);
    }

    /// <summary>Opens a topic as a dataset, with options that may depend on the schema.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and what a row is.</param>
    /// <param name="bind">Checks the schema and returns the options to use with it; null if the given ones are used.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    internal static async Task<KafkaDataset> OpenAsync(string topic, KafkaDatasetOptions options, Func<DatasetSchema, KafkaDatasetOptions>? bind, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(topic, options, FetchEngines.Create, cancellationToken, bind).ConfigureAwait(false);
        }
        catch (TopicNotFoundException e) when (e is { Topic: not null, Partition: null })
        {
            throw await SimilarTopic.SuggestAsync(e, options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Opens a split of a manifest: exactly the recorded offsets, with the recorded columns.</summary>
    /// <param name="manifest">The manifest, of one topic.</param>
    /// <param name="split">The split's name, for example <c>train</c>.</param>
    /// <param name="options">How the topic is read; <see cref="KafkaDatasetOptions.Range"/> and <see cref="KafkaDatasetOptions.Split"/> come from the manifest and must not be set.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <returns>The dataset; dispose it.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid, the manifest has no such split, or it has several topics.</exception>
    /// <exception cref="SchemaException">The columns differ from those that the manifest records.</exception>
    /// <exception cref="KafkaDatasetException">The topic cannot be opened, as for <see cref="OpenAsync(string, KafkaDatasetOptions, CancellationToken)"/>.</exception>
    public static async Task<KafkaDataset> OpenAsync(DatasetManifest manifest, string split, KafkaDatasetOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(options);
        ManifestTopic topic = manifest.Topic;
        DatasetSplit? part = topic.SplitOf(split).Split;
        InvalidOptionsException.ThrowIfAny(
            nameof(KafkaDatasetOptions),
            [
                .. options.Range == TopicRange.All ? (string[])[] : [$"{nameof(KafkaDatasetOptions.Range)} is set, but the manifest has the range: leave it out"],
                .. options.Split is null ? (string[])[] : [$"{nameof(KafkaDatasetOptions.Split)} is set, but the manifest has the split: leave it out"],
            ]);
        KafkaDataset dataset = await OpenAsync(topic.Snapshot.Topic, options with { Range = TopicRange.Snapshot(topic.Snapshot), Split = part }, cancellationToken).ConfigureAwait(false);
        if (topic.DifferenceOf(dataset.Schema) is not { } difference)
        {
            return dataset;
        }

        await dataset.DisposeAsync().ConfigureAwait(false);
        throw new SchemaException($"The columns of topic '{topic.Snapshot.Topic}' differ from those of the manifest ({difference}): read it by the schema, the format and the extra columns that the manifest was made with.") { Topic = topic.Snapshot.Topic };
    }

    /// <summary>Opens a topic with an engine that is created after the options have been validated; the dataset disposes it.</summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="options">The cluster, the range and what a row is.</param>
    /// <param name="createEngine">Creates the engine.</param>
    /// <param name="cancellationToken">Cancels opening.</param>
    /// <param name="bind">Derives the label and the features from the schema; null if the options already contain them.</param>
    internal static async Task<KafkaDataset> OpenAsync(
        string topic,
        KafkaDatasetOptions options,
        Func<FetchEngine, FetchContext, IFetchEngine> createEngine,
        CancellationToken cancellationToken,
        Func<DatasetSchema, KafkaDatasetOptions>? bind = null)
    {
        using InvariantCulture culture = InvariantCulture.Use();
        options.Validate(topic);
        cancellationToken.ThrowIfCancellationRequested();
        ILogger logger = options.LoggerFactory?.CreateLogger(Instruments.Name) ?? NullLogger.Instance;
        IFetchEngine engine = createEngine(
            options.Engine,
            ContextOf(options, logger));
        try
        {
            NewestSchemas schemas = NewestSchemas.Request(topic, options, cancellationToken);
            DatasetSnapshot snapshot = options.Range is TopicRange.SnapshotRange { Value: var asked } && engine is CacheEngine cache && cache.Holds(asked)
                ? asked // the cache holds all of it, so the brokers need not be reachable
                : await RangeResolver.ResolveAsync(engine, topic, options.Range, options.OnDataLoss, cancellationToken).ConfigureAwait(false);
            if (EmbeddedKafka.TryFind(options.BootstrapServers, out EmbeddedKafka? embedded))
            {
                if (options.OnDataLoss == DataLossPolicy.Throw)
                {
                    await embedded.ThrowIfTruncatedAsync(topic, cancellationToken).ConfigureAwait(false);
                }

                await embedded.ThrowIfTransactionalAsync(snapshot, cancellationToken).ConfigureAwait(false);
            }

            DatasetFormat format = await RecordFormats.BindAsync(snapshot, engine, options, schemas, cancellationToken).ConfigureAwait(false);
            KafkaDatasetOptions bound = bind?.Invoke(format.Schema) ?? options;
            var dataset = new KafkaDataset(bound, snapshot, format, engine, logger);
            if (bound.Features is not null)
            {
                format.Order?.FeaturesAreNamed();
            }

            await SchemaOrder.CheckAsync(topic, bound, format, logger, cancellationToken).ConfigureAwait(false);
            Log.Opened(logger, snapshot, snapshot.Length, snapshot.Partitions.Count, format.Schema.Columns.Count, engine.Name);
            return dataset;
        }
        catch
        {
            await engine.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads the rows in batches; each enumeration is one pass, for one caller at a time. Dispose each batch after use.</summary>
    /// <param name="options">The batches and the order of the rows; null for batches of 1000 rows in canonical order, with the features and, if there is a label, the labels.</param>
    /// <param name="cancellationToken">Ends the pass with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The batches.</returns>
    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found. Thrown by the call itself, before the enumeration.</exception>
    /// <exception cref="ObjectDisposedException">The dataset is disposed.</exception>
    public IAsyncEnumerable<TensorBatch> ReadBatchesAsync(BatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        using InvariantCulture culture = InvariantCulture.Use();
        options ??= new BatchOptions();
        RowLayout layout = LayoutOf(true, options.Bind(Schema, _options.ColumnNameCaseInsensitive, (state, faults) => options.CheckState(state, Snapshot, _options.Split, faults)));
        ReadOrder order = options.OrderOf(Snapshot);
        return new BatchEnumerable(Snapshot.Topic, token => OpenBatches(options, order, layout, token), cancellationToken);
    }

    /// <summary>
    /// Returns the dataset as an ML.NET view with <c>Label</c>, <c>Features</c>, and every column under its own name. A column is decoded only if a cursor requests it.
    /// The view does not need to be disposed, and is valid until this dataset is disposed.
    /// </summary>
    /// <param name="ml">The context in which the view is used; each pass is logged to its <see cref="MLContext.Log"/>.</param>
    /// <returns>The view.</returns>
    /// <exception cref="ObjectDisposedException">The dataset is disposed.</exception>
    public IDataView ToDataView(MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ThrowIfDisposed();
        return new KafkaView(this, ml);
    }

    /// <summary>Closes the connections. Passes that are still running end with an exception.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed.IsCancellationRequested)
        {
            return;
        }

        await _disposed.CancelAsync().ConfigureAwait(false);
        await _engine.DisposeAsync().ConfigureAwait(false);
    }

    internal void ThrowIfDisposed()
    {
        if (_disposed.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(KafkaDataset), $"The dataset of topic '{Snapshot.Topic}' is disposed: open another one.");
        }
    }

    internal IRowDecoder CreateDecoder(RowLayout layout) => SplitDecoder.Around(_format.CreateDecoder(layout.Columns, _badRecords), _createFilter?.Invoke());

    /// <summary>Starts a pass over offsets of the topic that need not be those of <see cref="Snapshot"/>.</summary>
    /// <returns>What ends the pass, and its rows.</returns>
    internal (BlockReader Reader, IRowReader Rows) OpenRange(ReadOrder order, RowLayout layout, int rows, CancellationToken cancellationToken, IRowDecoder? decoder = null) =>
        Open(layout, order, rows, cancellationToken, decoder);

    private static FetchContext ContextOf(KafkaDatasetOptions options, ILogger logger) =>
        new(options.BootstrapServers, options.ClientConfig, options.OnDataLoss, options.Timeout, logger, options.TimeProvider) { TokenProvider = options.OAuthBearerTokenProvider, Cache = options.Cache };

    /// <summary>
    /// The columns that a pass decodes. Only columns that are read can make a record bad, and all passes must give the same rows, cursors and batches, whatever they want of them: if bad records are
    /// skipped, every pass reads the columns that the options name, or every column if they do not name the features, each as its own type.
    /// </summary>
    /// <param name="withFeatures">Whether the features are wanted.</param>
    /// <param name="fields">The other wanted columns.</param>
    internal RowLayout LayoutOf(bool withFeatures, IEnumerable<BlockColumn> fields)
    {
        if (_options.OnBadRecord == BadRecordPolicy.Throw)
        {
            return new RowLayout(Roles, withFeatures, fields);
        }

        BlockColumn[] wanted = [.. fields];
        return new RowLayout(Roles, true, wanted, Schema.Columns.Where(c => IsAskedFor(c) && !IsReadAsItIs(c, wanted)).Select(c => new BlockColumn(c)));
    }

    private bool IsAskedFor(DatasetColumn column) =>
        _options.Features is null || Roles.Features.Contains(column) || Roles.LabelField == column
        || _options.ExtraColumns.Any(extra => ColumnPath.IsWithin(column.Name, extra, ColumnRoles.Comparison(_options.ColumnNameCaseInsensitive)));

    /// <summary>Whether a column is read in a way that accepts the same values as its own type: a floating-point number may be read as any other, but an integer, for example, accepts fewer numbers than a feature.</summary>
    private bool IsReadAsItIs(DatasetColumn column, BlockColumn[] wanted) =>
        Array.Exists(wanted, w => w.Tensor is null && w.Fields[0] == column)
        || (column.Type is ColumnType.Single or ColumnType.Double
            && (Roles.Features.Contains(column) || Roles.LabelField == column || Array.Exists(wanted, w => w.Fields.Contains(column))));

    /// <summary>Reads every row once and computes the digests of the values of all columns; if bad records are skipped, of the columns by which they are.</summary>
    internal async Task<(long Rows, string OrderFree, string Ordered)> DigestAsync(CancellationToken cancellationToken)
    {
        DatasetColumn[] columns = [.. Schema.Columns.Where(c => _options.OnBadRecord == BadRecordPolicy.Throw || IsAskedFor(c))];
        RowLayout layout = LayoutOf(false, columns.Select(c => new BlockColumn(c)));
        using var digests = new RowDigests(layout, columns);
        (BlockReader reader, _) = Open(layout, ReadOrder.Of(Snapshot), CursorBlockRows, cancellationToken);
        await using BlockReader closing = reader;
        while (await reader.ReadAsync().ConfigureAwait(false) is { } block)
        {
            digests.Add(block);
            reader.Return(block);
        }

        return (digests.Rows, digests.OrderFree, digests.Ordered);
    }

    /// <summary>Starts a pass for a cursor.</summary>
    /// <returns>What ends the pass, and its rows.</returns>
    internal (BlockReader Reader, IRowReader Rows) OpenCursor(RowLayout layout, Shuffle? shuffle)
    {
        ReadOrder order = shuffle is null ? ReadOrder.Of(Snapshot) : new ShuffledOrder(Snapshot, shuffle, strip: CursorStrip);
        return Open(layout, order, CursorBlockRows, CancellationToken.None);
    }

    /// <summary>
    /// The strip length of a cursor's shuffle. A cursor cannot be resumed, so its windows can be small enough for the default memory limit: two windows of every column take at most half of it.
    /// The length depends neither on the columns that a cursor reads nor on <see cref="KafkaDatasetOptions.PrefetchBytes"/>, so that the same seed gives the same order.
    /// </summary>
    private int CursorStrip => _cursorStrip != 0 ? _cursorStrip
        : _cursorStrip = ShuffledOrder.StripWithin(KafkaDatasetOptions.DefaultPrefetchBytes / 2, new RowBlock(new RowLayout(Roles, true, Schema.Columns.Select(c => new BlockColumn(c))).Columns).BytesPerRow, Snapshot);

    private BatchPass OpenBatches(BatchOptions options, ReadOrder order, RowLayout layout, CancellationToken cancellationToken)
    {
        (BlockReader reader, IRowReader rows) = Open(layout, order, options.BatchSize, cancellationToken);
        var identity = new PassIdentity(Snapshot.Topic, Snapshot.Fingerprint, options.OwnShuffle, ReadState.NameOf(_options.Split));
        return new BatchPass(reader, new BatchAssembler(rows, options), new BatchSource(rows, layout, identity, order));
    }

    private (BlockReader Reader, IRowReader Rows) Open(RowLayout layout, ReadOrder order, int rows, CancellationToken cancellationToken, IRowDecoder? decoder = null)
    {
        ThrowIfDisposed();
        decoder ??= CreateDecoder(layout);
        using InvariantCulture culture = InvariantCulture.Use();
        var shuffled = order as ShuffledOrder;
        var block = new RowBlock(layout.Columns);
        int bytesPerRow = block.BytesPerRow;
        PipelineOptions division = shuffled is null
            ? PipelineOptions.For(_options.PrefetchBytes, bytesPerRow, block.IsFixedWidth, rows, _options.DecodeWorkers)
            : PipelineOptions.ForWindows(_options.PrefetchBytes, bytesPerRow, _options.DecodeWorkers);
        order = (shuffled = shuffled?.Within(_engine.ReadsSegmentsInParallel ? 0 : division.SourceBytes / 2, bytesPerRow)) ?? order; // long pieces save seeking, but their rows are held
        var reader = new BlockReader(
            from => new RowPipeline(from, _engine.OpenSource(from, division.SourceBytes), decoder, division, cancellationToken, _disposed.Token),
            order,
            _options,
            _logger,
            _disposed.Token,
            _watch.Start(layout.Columns));
        return (reader, shuffled is null ? reader : new WindowReader(reader, shuffled, rows, division));
    }
}
