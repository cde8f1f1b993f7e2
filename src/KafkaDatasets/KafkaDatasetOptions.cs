using System.Diagnostics.CodeAnalysis;
using Confluent.SchemaRegistry;
using KafkaDatasets.Clients;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.MLNet;
using KafkaDatasets.Ranges;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>Options for opening a topic as a dataset: the cluster, the range, and what a row is. Invalid options are reported when the dataset is opened, with every problem found.</summary>
public sealed record KafkaDatasetOptions
{
    /// <summary>The smallest valid value of <see cref="PrefetchBytes"/>: 1 MiB.</summary>
    public const long MinPrefetchBytes = 1 << 20;

    /// <summary>The default of <see cref="PrefetchBytes"/>: 64 MiB.</summary>
    internal const long DefaultPrefetchBytes = 64 << 20;

    /// <summary>Creates options with default values.</summary>
    public KafkaDatasetOptions()
    {
    }

    /// <summary>Creates options from the settings of a Confluent.Kafka client: its <c>bootstrap.servers</c> become <see cref="BootstrapServers"/>, everything else <see cref="ClientConfig"/>.</summary>
    /// <param name="client">The settings, for example a <see cref="Confluent.Kafka.ConsumerConfig"/>.</param>
    [SetsRequiredMembers]
    public KafkaDatasetOptions(Confluent.Kafka.ClientConfig client)
    {
        ArgumentNullException.ThrowIfNull(client);
        BootstrapServers = client.BootstrapServers ?? "";
        ClientConfig = ClientProperties.Of(client);
    }

    /// <summary>The host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>
    /// Additional client settings, by librdkafka's property names: <c>security.protocol</c>, <c>sasl.mechanism</c>, <c>sasl.username</c>,
    /// <c>sasl.password</c>, <c>ssl.ca.location</c> … Default none. A constructor copies them from Confluent.Kafka's <see cref="Confluent.Kafka.ClientConfig"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> ClientConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Creates tokens for <c>sasl.mechanism = OAUTHBEARER</c>, for example for MSK or Google Cloud. It is called before the first connection, and again before a token expires.
    /// A call may take as long as <see cref="Timeout"/>. Default null: no tokens.
    /// </summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? OAuthBearerTokenProvider { get; init; }

    /// <summary>
    /// Confluent's schema registry client. Required by <see cref="RecordFormat.Registry"/>, for values or keys. The caller configures and disposes the client. Default null.
    /// </summary>
    public ISchemaRegistryClient? SchemaRegistry { get; init; }

    /// <summary>How values are read. Default <see cref="RecordFormat.Registry"/>.</summary>
    public RecordFormat Format { get; init; } = RecordFormat.Registry;

    /// <summary>
    /// How keys are read. With <see cref="RecordFormat.Registry"/> each key is read by the schema that it was written with, which is found by the id before the key or in the header
    /// <c>__key_schema_id</c>; the columns come from the subject <c>TOPIC-key</c>, or, if there is no such subject, from the schema of the first record's key.
    /// The columns are named by their path after <c>Key.</c> (<c>Key.id</c>, <c>Key.inner.x</c>), or <c>Key</c> if the schema is not a record. Like the fields of the value, they
    /// are features by default if they are numeric. If a record's key is null, all of its columns are missing; if the type of one of them has no missing value, the record cannot be decoded.
    /// Default null: keys are not decoded.
    /// </summary>
    public RecordFormat? KeyFormat { get; init; }

    /// <summary>The part of the topic to read. Default <see cref="TopicRange.All"/>.</summary>
    public TopicRange Range { get; init; } = TopicRange.All;

    /// <summary>The part of the range's rows to read, for example the training set or the test set. Default null: every row.</summary>
    public DatasetSplit? Split { get; init; }

    /// <summary>The label: the field to predict, and the kind of label that it is. Default null: no label.</summary>
    public LabelColumn? Label { get; init; }

    /// <summary>
    /// The names of the features, in their order: numbers, Booleans, and vectors of either with the same size in every record. Default null: every numeric field except the label,
    /// without vectors, in the order of the schema's fields. Because a schema's order may change, use <see cref="WithFeaturesOf"/> for a saved model.
    /// </summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>
    /// The paths of columns that a schema cannot list: keys of maps (in Avro, in Protobuf if the keys are text, and in JSON objects described by
    /// <c>additionalProperties</c>), for example <c>extra.k</c> for the key <c>k</c> of the map <c>extra</c>; and fields of recursive records (an Avro record, a Protobuf message, a JSON
    /// object by <c>$ref</c>), to the depth of the path, for example <c>next.v</c> and <c>next.next.v</c>. The path of a record adds all its fields.
    /// Columns named in <see cref="Features"/> or <see cref="Label"/> need not be repeated here. The value is missing if a record lacks the key or is not nested that deeply;
    /// within a list, if an item lacks the key. With <see cref="BadRecordPolicy.Skip"/>, list every column here that is read besides the label and the features: only then do all passes skip the same records.
    /// Default none.
    /// </summary>
    public IReadOnlyList<string> ExtraColumns { get; init; } = [];

    /// <summary>
    /// Whether the names in <see cref="Label"/>, <see cref="Features"/>, <see cref="ExtraColumns"/> and <see cref="BatchOptions.Tensors"/> are case-insensitive
    /// (ordinal): ksqlDB, for example, writes its columns in upper case. An exact match takes precedence; several other matches are an
    /// <see cref="InvalidOptionsException"/> that lists them. Columns keep the names that the schema gives them, and keys of maps, which are data, stay case-sensitive.
    /// Default false.
    /// </summary>
    public bool ColumnNameCaseInsensitive { get; init; }

    /// <summary>
    /// Whether enums are columns of type <see cref="ColumnType.Text"/> that hold the symbols. If false, they are of type <see cref="ColumnType.Key"/>: keys from 1, with the symbols as key values.
    /// Default false.
    /// </summary>
    public bool EnumsAsText { get; init; }

    /// <summary>Additional columns for the records' keys and headers, besides <c>Partition</c>, <c>Offset</c> and <c>Timestamp</c>. Default none.</summary>
    public IReadOnlyList<RecordColumn> RecordColumns { get; init; } = [];

    /// <summary>Which columns an ML.NET view has. Default <see cref="ViewColumns.All"/>; use <see cref="ViewColumns.Training"/> for experiments of <c>ml.Auto()</c>.</summary>
    public ViewColumns ViewColumns { get; init; } = ViewColumns.All;

    /// <summary>The fetch engine. Default <see cref="FetchEngine.Auto"/>.</summary>
    public FetchEngine Engine { get; init; } = FetchEngine.Auto;

    /// <summary>
    /// The cache that keeps record batches on disk, so that later passes read them without contacting the brokers. It requires the direct engine, and brokers that assign ids to topics (Kafka 2.8 or newer).
    /// Default null: no cache.
    /// </summary>
    public DatasetCache? Cache { get; init; }

    /// <summary>What to do with a record that cannot be decoded. Default <see cref="BadRecordPolicy.Throw"/>.</summary>
    public BadRecordPolicy OnBadRecord { get; init; } = BadRecordPolicy.Throw;

    /// <summary>What becomes of records whose binary label is missing: where labels come later, as in a monitor, they are not bad.</summary>
    internal MissingLabels MissingLabels { get; init; }

    /// <summary>What to do when offsets of the range are no longer in the log, or are corrupt. Default <see cref="DataLossPolicy.Throw"/>.</summary>
    public DataLossPolicy OnDataLoss { get; init; } = DataLossPolicy.Throw;

    /// <summary>
    /// The largest number of bytes that one pass holds in memory, counting both fetched records and decoded rows. Default 64 MiB; at least 1 MiB.
    /// Because a record batch cannot be divided, a pass may additionally hold one decompressed batch of each partition, or, in a shuffled order, of each run that it reads in parallel.
    /// </summary>
    public long PrefetchBytes { get; init; } = DefaultPrefetchBytes;

    /// <summary>The maximum number of threads that decode in one pass; it does not affect the rows or their order. Default null: as many as are useful, at most two fewer than the number of cores, or two where decoding is slow.</summary>
    public int? DecodeWorkers { get; init; }

    /// <summary>How long the brokers or the registry may be unreachable before opening or reading fails. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Creates the loggers. Default null: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Receives the progress of each pass, at most every 100 ms and once at its end. Default null.</summary>
    public IProgress<ReadProgress>? Progress { get; init; }

    /// <summary>The clock and timers. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Returns a copy of these options with the features that a model was trained with, by name and in the model's order, regardless of the order in a topic's schema.</summary>
    /// <param name="schema">The schema of the view that the model was trained with, as <c>ml.Model.Load(file, out DataViewSchema schema)</c> returns it.</param>
    /// <param name="column">The name of the features column. Default <c>Features</c>.</param>
    /// <returns>The options with <see cref="Features"/> set.</returns>
    /// <exception cref="ArgumentException">The schema has no such column, or the column has no slot names.</exception>
    /// <example>
    /// <code>
    /// ITransformer model = ml.Model.Load("model.zip", out DataViewSchema schema);
    /// IDataView payments = KafkaDataView.FromTopic(ml, "payments", options.WithFeaturesOf(schema));
    /// </code>
    /// </example>
    public KafkaDatasetOptions WithFeaturesOf(DataViewSchema schema, string column = "Features")
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentException.ThrowIfNullOrEmpty(column);
        return this with { Features = ModelFeatures.Of(schema, column) };
    }

    /// <summary>Describes the options without secrets.</summary>
    /// <returns>The brokers, the range, the format and the engine.</returns>
    public override string ToString() => $"{nameof(KafkaDatasetOptions)}({BootstrapServers}, {Range}, {Format}, {Engine})";

    /// <exception cref="InvalidOptionsException">The options are invalid; the message lists every problem found.</exception>
    internal void Validate(string topic)
    {
        var faults = new List<string>();
        if (TopicName.FaultOf(topic) is { } nameFault)
        {
            faults.Add(nameFault);
        }

        if (string.IsNullOrWhiteSpace(BootstrapServers))
        {
            faults.Add($"{nameof(BootstrapServers)} is empty: give host:port of at least one broker");
        }
        else if (BrokerEndpoint.FaultOf(BootstrapServers) is { } fault)
        {
            faults.Add($"{nameof(BootstrapServers)}: {fault}");
        }

        CheckClient(faults);
        CheckNotNull(Format, nameof(Format), faults);
        CheckNotNull(Range, nameof(Range), faults);
        CheckNotNull(ExtraColumns, nameof(ExtraColumns), faults);
        CheckNotNull(RecordColumns, nameof(RecordColumns), faults);
        CheckNoNulls(ExtraColumns, nameof(ExtraColumns), faults);
        CheckNoNulls(RecordColumns, nameof(RecordColumns), faults);
        CheckNotNull(TimeProvider, nameof(TimeProvider), faults);
        CheckFormat(Format, nameof(Format), faults);
        CheckFormat(KeyFormat, nameof(KeyFormat), faults);
        if (KeyFormat is not null && (Format?.KeyFormat ?? KeyFormat.KeyFormat) is not null)
        {
            faults.Add($"{nameof(KeyFormat)} is given, and the {(KeyFormat.KeyFormat is null ? $"{nameof(Format)} {Format}" : $"format {KeyFormat} itself")} has a column that is the key: leave out one of them");
        }

        if (PrefetchBytes < MinPrefetchBytes)
        {
            faults.Add($"{nameof(PrefetchBytes)} is {PrefetchBytes}, less than {MinPrefetchBytes}");
        }

        if (DecodeWorkers is < 1)
        {
            faults.Add($"{nameof(DecodeWorkers)} is {DecodeWorkers}, less than 1");
        }

        TimeFaults.CheckTimeout(Timeout, nameof(Timeout), faults);

        CheckDefined(Engine, nameof(Engine), faults);
        CheckDefined(OnBadRecord, nameof(OnBadRecord), faults);
        CheckDefined(OnDataLoss, nameof(OnDataLoss), faults);
        CheckDefined(ViewColumns, nameof(ViewColumns), faults);

        if (Features is not null)
        {
            if (Features.Count == 0)
            {
                faults.Add($"{nameof(Features)} is empty: name at least one field, or leave it null for every numeric field");
            }

            if (Features.Any(string.IsNullOrEmpty))
            {
                faults.Add($"{nameof(Features)} has an empty name");
            }

            foreach (string twice in Features.GroupBy(f => f).Where(g => g.Count() > 1).Select(g => g.Key))
            {
                faults.Add($"{nameof(Features)} names '{twice}' more than once");
            }

            if (Label is not null && Features.Contains(Label.Field))
            {
                faults.Add($"{nameof(Features)} names the label '{Label.Field}'");
            }
        }

        foreach (string twice in (RecordColumns ?? []).OfType<RecordColumn>().GroupBy(c => c.Column.Name).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            faults.Add($"{nameof(RecordColumns)} has more than one column '{twice}': give one of them another name");
        }

        string[] taken = [.. RecordColumn.All([]).Select(c => c.Name), ViewSchema.FeaturesName, .. Label is null ? [] : (string[])[ViewSchema.LabelName]];
        foreach (string name in (RecordColumns ?? []).OfType<RecordColumn>().Select(c => c.Column.Name).Intersect(taken))
        {
            faults.Add($"{nameof(RecordColumns)} has a column '{name}', which every view has itself: give it another name");
        }

        if (Range is not null)
        {
            faults.AddRange(Range.FaultsOf(topic).Select(f => $"{nameof(Range)} {f}"));
        }

        if (Cache is not null)
        {
            faults.AddRange(Cache.Faults.Select(f => $"{nameof(Cache)} {f}"));
        }

        if (Split is not null)
        {
            faults.AddRange(Split.Faults.Select(f => $"{nameof(Split)} {f}"));
        }

        if (Range is TopicRange.TimestampsRange && EmbeddedKafka.FaultOfTimestamps(nameof(Range), BootstrapServers, "offsets") is { } unknown)
        {
            faults.Add(unknown);
        }

        InvalidOptionsException.ThrowIfAny(nameof(KafkaDatasetOptions), faults);
    }

    /// <summary>The columns that the options request by name.</summary>
    /// <param name="root">The prefix, before a dot, of the names to include.</param>
    internal WantedColumns WantedColumns(string root) => new(
        [.. ExtraColumns, .. Features ?? [], .. Label is null ? (string[])[] : [Label.Field]],
        root,
        ColumnNameCaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private void CheckClient(List<string> faults)
    {
        CheckNotNull(ClientConfig, nameof(ClientConfig), faults);
        if (ClientConfig is not null)
        {
            ClientProperties.Check(ClientConfig, BootstrapServers, OAuthBearerTokenProvider is not null, faults);
            FetchEngines.Check(Engine, ClientConfig, OAuthBearerTokenProvider is not null, faults);
            if (Cache is not null)
            {
                FetchEngines.CheckCache(Engine, ClientConfig, OAuthBearerTokenProvider is not null, faults);
            }
        }
    }

    private void CheckFormat(RecordFormat? format, string name, List<string> faults)
    {
        if (format is RecordFormat.RegistryFormat && SchemaRegistry is null)
        {
            faults.Add($"{nameof(SchemaRegistry)} is null: {nameof(RecordFormat)}.{nameof(RecordFormat.Registry)} needs a schema registry client, or choose another {name}, such as {nameof(RecordFormat)}.{nameof(RecordFormat.Json)} for JSON without a registry");
        }

        faults.AddRange(((format as RecordFormat.BareFormat)?.Faults() ?? []).Select(f => $"{name}: {f}"));
    }

    private static void CheckDefined<T>(T value, string name, List<string> faults)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            faults.Add($"{name} is {value}, which is not a value of {typeof(T).Name}: choose {string.Join(", ", Enum.GetNames<T>())}");
        }
    }

    private static void CheckNoNulls(IEnumerable<object?>? values, string option, List<string> faults)
    {
        if (values?.Any(v => v is null) == true)
        {
            faults.Add($"{option} has an entry that is null");
        }
    }

    private static void CheckNotNull(object? value, string name, List<string> faults)
    {
        if (value is null)
        {
            faults.Add($"{name} is null");
        }
    }
}
