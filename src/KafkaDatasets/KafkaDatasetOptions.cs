using System.Diagnostics.CodeAnalysis;
using Confluent.SchemaRegistry;
using KafkaDatasets.Clients;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.MLNet;
using KafkaDatasets.Ranges;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging;
using Microsoft.ML;

namespace KafkaDatasets;

/// <summary>How a topic is opened as a dataset: the cluster, the range, and what a row is. Every problem is reported when the dataset is opened, never at the first row.</summary>
public sealed record KafkaDatasetOptions
{
    /// <summary>The smallest valid value of <see cref="PrefetchBytes"/>: 1 MiB.</summary>
    public const long MinPrefetchBytes = 1 << 20;

    /// <summary>Options with their defaults.</summary>
    public KafkaDatasetOptions()
    {
    }

    /// <summary>Options with the settings of a Confluent.Kafka client: its servers become <see cref="BootstrapServers"/>, everything else <see cref="ClientConfig"/>.</summary>
    /// <param name="client">For example a <see cref="Confluent.Kafka.ConsumerConfig"/>.</param>
    [SetsRequiredMembers]
    public KafkaDatasetOptions(Confluent.Kafka.ClientConfig client)
    {
        ArgumentNullException.ThrowIfNull(client);
        BootstrapServers = client.BootstrapServers ?? "";
        ClientConfig = ClientProperties.Of(client);
    }

    /// <summary>Host and port of one or more brokers, separated by commas.</summary>
    public required string BootstrapServers { get; init; }

    /// <summary>
    /// Further client settings by librdkafka's property names: <c>security.protocol</c>, <c>sasl.mechanism</c>, <c>sasl.username</c>,
    /// <c>sasl.password</c>, <c>ssl.ca.location</c> … Default none. A constructor takes them from Confluent.Kafka's <see cref="Confluent.Kafka.ClientConfig"/>.
    /// </summary>
    public IReadOnlyDictionary<string, string> ClientConfig { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Creates tokens for <c>sasl.mechanism = OAUTHBEARER</c>, for example for MSK or Google Cloud: called before the first connection, and again before a token expires.
    /// A call may take as long as <see cref="Timeout"/>. Default null: no tokens.
    /// </summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? OAuthBearerTokenProvider { get; init; }

    /// <summary>
    /// Confluent's schema registry client. Required by <see cref="RecordFormat.Registry"/>, for values or keys. The caller configures and disposes it. Default null.
    /// </summary>
    public ISchemaRegistryClient? SchemaRegistry { get; init; }

    /// <summary>How values are read. Default <see cref="RecordFormat.Registry"/>.</summary>
    public RecordFormat Format { get; init; } = RecordFormat.Registry;

    /// <summary>
    /// How keys are read. With <see cref="RecordFormat.Registry"/> each key is read by the schema that it was written with, which is found by the id before the key or in the header
    /// <c>__key_schema_id</c>; the columns come from the subject <c>TOPIC-key</c>, or, where there is no such subject, from the schema of the first record's key.
    /// The columns are named by their path after <c>Key.</c> (<c>Key.id</c>, <c>Key.inner.x</c>), or <c>Key</c> where the schema is not a record. Like the fields of the value, they
    /// are features by default where they are numeric. If a record's key is null, each of them is missing; a record cannot be decoded where a column's type has no missing value.
    /// Default null: keys are not decoded.
    /// </summary>
    public RecordFormat? KeyFormat { get; init; }

    /// <summary>The part of the topic to read. Default <see cref="TopicRange.All"/>.</summary>
    public TopicRange Range { get; init; } = TopicRange.All;

    /// <summary>Which of the range's rows: a part of them, for example to train on or to test on. Default null: every row.</summary>
    public DatasetSplit? Split { get; init; }

    /// <summary>The field to predict, and what kind of label it is. Default null: no label.</summary>
    public LabelColumn? Label { get; init; }

    /// <summary>
    /// The names of the features, in this order: numbers, Booleans, and vectors of those with the same size in every record. Default null: every numeric field except the label,
    /// without vectors, in the order of the schema's fields. A schema's order may change; to give a saved model its own order, use <see cref="WithFeaturesOf"/>.
    /// </summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>
    /// Columns that a schema cannot list, each by its path: keys of maps (of Avro, of Protobuf where keys are text, and of JSON objects described by
    /// <c>additionalProperties</c>), for example <c>extra.k</c> for the key <c>k</c> of the map <c>extra</c>; and fields of recursive records (an Avro record, a Protobuf message, a JSON
    /// object by <c>$ref</c>), as deep as the path goes, for example <c>next.v</c> and <c>next.next.v</c>. The path of a record stands for all its fields.
    /// What <see cref="Features"/> or <see cref="Label"/> name need not be named again. The value is missing where a record lacks the key or is not nested that deep;
    /// in a list, where an item lacks the key. Default none.
    /// </summary>
    public IReadOnlyList<string> ExtraColumns { get; init; } = [];

    /// <summary>
    /// Whether the names in <see cref="Label"/>, <see cref="Features"/>, <see cref="ExtraColumns"/> and <see cref="BatchOptions.Tensors"/> are case-insensitive
    /// (ordinal): ksqlDB, for example, writes its columns in upper case. An exact match comes first; several other matches are an
    /// <see cref="InvalidOptionsException"/> that lists them. Columns keep the names that the schema gives them, and keys of maps, which are data, stay case-sensitive.
    /// Default false.
    /// </summary>
    public bool ColumnNameCaseInsensitive { get; init; }

    /// <summary>
    /// Whether enums are columns of type <see cref="ColumnType.Text"/>, their symbols, instead of <see cref="ColumnType.Key"/>, their numbers from 1 with the symbols as key values.
    /// Default false.
    /// </summary>
    public bool EnumsAsText { get; init; }

    /// <summary>Further columns for the records' keys and headers, besides <c>Partition</c>, <c>Offset</c> and <c>Timestamp</c>. Default none.</summary>
    public IReadOnlyList<RecordColumn> RecordColumns { get; init; } = [];

    /// <summary>Which columns an ML.NET view has. Default <see cref="ViewColumns.All"/>; for experiments of <c>ml.Auto()</c>, <see cref="ViewColumns.Training"/>.</summary>
    public ViewColumns ViewColumns { get; init; } = ViewColumns.All;

    /// <summary>The fetch engine. Default <see cref="FetchEngine.Auto"/>.</summary>
    public FetchEngine Engine { get; init; } = FetchEngine.Auto;

    /// <summary>
    /// Where record batches are kept on disk, so that later passes read them without the brokers. It needs the direct engine, and brokers that give topics ids (Kafka 2.8 or newer).
    /// Default null: nowhere.
    /// </summary>
    public DatasetCache? Cache { get; init; }

    /// <summary>What to do with a record that cannot be decoded. Default <see cref="BadRecordPolicy.Throw"/>.</summary>
    public BadRecordPolicy OnBadRecord { get; init; } = BadRecordPolicy.Throw;

    /// <summary>What to do when offsets of the range are no longer in the log, or are corrupt. Default <see cref="DataLossPolicy.Throw"/>.</summary>
    public DataLossPolicy OnDataLoss { get; init; } = DataLossPolicy.Throw;

    /// <summary>
    /// The largest number of bytes that one pass holds in memory, fetched records and decoded rows together. Default 64 MiB; at least 1 MiB.
    /// A record batch cannot be divided: in addition, a pass may hold one decompressed batch of each partition.
    /// </summary>
    public long PrefetchBytes { get; init; } = 64L << 20;

    /// <summary>The largest number of threads that decode in one pass. It changes neither the rows nor their order. Default null: as many as are useful, at most the number of cores less two.</summary>
    public int? DecodeWorkers { get; init; }

    /// <summary>How long the brokers or the registry may be unreachable before opening or reading fails. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where to log. Default null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Receives the progress of each pass, at most every 100 ms and once at its end. Default null.</summary>
    public IProgress<ReadProgress>? Progress { get; init; }

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Returns these options with the features that a model was trained with, by name and in the model's order, whatever the order of a topic's schema is.</summary>
    /// <param name="schema">The schema of the view that the model was trained with, as <c>ml.Model.Load(file, out DataViewSchema schema)</c> gives it back.</param>
    /// <param name="column">The column of the features. Default <c>Features</c>.</param>
    /// <returns>The options, with <see cref="Features"/>.</returns>
    /// <exception cref="ArgumentException">The schema has no such column, or it has no names for its slots.</exception>
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

    /// <summary>Describes the options without any secret.</summary>
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

        if (Timeout <= TimeSpan.Zero || Timeout.TotalMilliseconds > int.MaxValue)
        {
            faults.Add($"{nameof(Timeout)} is {Timeout}, not between zero and {TimeSpan.FromMilliseconds(int.MaxValue)}");
        }

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

        foreach (string twice in (RecordColumns ?? []).GroupBy(c => c.Column.Name).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            faults.Add($"{nameof(RecordColumns)} has more than one column '{twice}': give one of them another name");
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

        if (Range is TopicRange.TimestampsRange && EmbeddedKafka.TryFind(BootstrapServers, out _))
        {
            faults.Add($"{nameof(Range)} is by timestamps, which the embedded Kafka does not index: choose offsets, or a real broker");
        }

        InvalidOptionsException.ThrowIfAny(nameof(KafkaDatasetOptions), faults);
    }

    /// <summary>The columns that are asked for by name.</summary>
    /// <param name="root">What the names of those that are meant begin with, before a dot.</param>
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
            faults.Add($"{nameof(SchemaRegistry)} is null: {nameof(RecordFormat)}.{nameof(RecordFormat.Registry)} needs a schema registry client, or choose another {name}");
        }

        faults.AddRange(((format as RecordFormat.BareFormat)?.Faults() ?? []).Select(f => $"{name}: {f}"));
    }

    private static void CheckDefined<T>(T value, string name, List<string> faults)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            faults.Add($"{name} is {value}, which is no value of {typeof(T).Name}: choose {string.Join(", ", Enum.GetNames<T>())}");
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
