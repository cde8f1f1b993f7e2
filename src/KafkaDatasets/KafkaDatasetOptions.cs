using System.Diagnostics.CodeAnalysis;
using Confluent.SchemaRegistry;
using KafkaDatasets.Clients;
using KafkaDatasets.Fetching;
using KafkaDatasets.Fetching.Direct.Protocol;
using KafkaDatasets.Ranges;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging;

namespace KafkaDatasets;

/// <summary>How a topic is opened as a dataset. All faults are reported at once when it is opened, never at the first row.</summary>
public sealed record KafkaDatasetOptions
{
    /// <summary>The least value of <see cref="PrefetchBytes"/>: 1 MiB.</summary>
    public const long MinPrefetchBytes = 1 << 20;

    /// <summary>Options with their defaults.</summary>
    public KafkaDatasetOptions()
    {
    }

    /// <summary>Options with the settings of a Confluent.Kafka client: its servers become <see cref="BootstrapServers"/>, all else <see cref="ClientConfig"/>.</summary>
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
    /// Makes tokens for <c>sasl.mechanism = OAUTHBEARER</c>, for example for MSK or Google Cloud: called before the first connection, and again before a token expires.
    /// A call may take as long as <see cref="Timeout"/>. Default null: no tokens.
    /// </summary>
    public Func<CancellationToken, Task<OAuthBearerToken>>? OAuthBearerTokenProvider { get; init; }

    /// <summary>
    /// Confluent's schema registry client, needed by <see cref="RecordFormat.Registry"/>, of values or keys; the caller's to configure and to dispose. Default null.
    /// </summary>
    public ISchemaRegistryClient? SchemaRegistry { get; init; }

    /// <summary>How values are read. Default <see cref="RecordFormat.Registry"/>.</summary>
    public RecordFormat Format { get; init; } = RecordFormat.Registry;

    /// <summary>
    /// How keys are read: as values are, each by its writer's schema, with <see cref="RecordFormat.Registry"/> (framed by an id before the key, or by the header
    /// <c>__key_schema_id</c>; the columns come from the subject <c>TOPIC-key</c>, or, where there is no such subject, from the schema of the first record's key) or with a format
    /// without framing. Their columns are called by the path with <c>Key.</c> before it (<c>Key.id</c>, <c>Key.inner.x</c>), or, where the schema is of no record, <c>Key</c>;
    /// they are columns like those of the value, features by default too where they are numeric. A key that is null is a missing value in each of them; where one has no value for
    /// missing, such a record cannot be decoded. Default null: keys are not decoded.
    /// </summary>
    public RecordFormat? KeyFormat { get; init; }

    /// <summary>Which part of the topic. Default <see cref="TopicRange.All"/>.</summary>
    public TopicRange Range { get; init; } = TopicRange.All;

    /// <summary>Which of the range's rows: a part of them, for example to train on or to test on. Default null: every row.</summary>
    public DatasetSplit? Split { get; init; }

    /// <summary>The label. Default null: no label.</summary>
    public LabelColumn? Label { get; init; }

    /// <summary>
    /// The features, in this order: numbers, Booleans, and vectors of those that have the same size in every record. Default null: every numeric field but the label,
    /// in schema order, without vectors.
    /// </summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>
    /// Columns that the schema cannot list by itself, each by its path. Keys of maps (of Avro, of Protobuf where keys are text, and JSON objects described by
    /// <c>additionalProperties</c>): the path of the map and the key, <c>extra.k</c>. Fields of a record inside itself (an Avro record, a Protobuf message, a JSON
    /// object by <c>$ref</c>), to the depth that the name has: <c>next.v</c>, <c>next.next.v</c>. The name of a record or message there stands for all its fields.
    /// Those that <see cref="Features"/> or <see cref="Label"/> name need not be named again. A record without the key, or that ends before, has a missing value;
    /// within a list, an item without the key has one. Default none.
    /// </summary>
    public IReadOnlyList<string> ExtraColumns { get; init; } = [];

    /// <summary>
    /// Whether the columns that <see cref="Label"/>, <see cref="Features"/>, <see cref="ExtraColumns"/> and <see cref="BatchOptions.Tensors"/> name are found without regard to case
    /// (ordinal), as ksqlDB writes its columns in upper case. A column of exactly that name comes first; of several others none is taken, which is an
    /// <see cref="InvalidOptionsException"/> that names them. Columns keep the names that the schema gives them, and the keys of maps, which are data, are taken as they are written.
    /// Default false.
    /// </summary>
    public bool ColumnNameCaseInsensitive { get; init; }

    /// <summary>
    /// Whether enums are columns of type <see cref="ColumnType.Text"/>, their symbols, instead of <see cref="ColumnType.Key"/>, their numbers from 1 with the symbols as key values.
    /// Default false.
    /// </summary>
    public bool EnumsAsText { get; init; }

    /// <summary>Columns of the records' keys and headers, besides <see cref="DatasetSchema.RecordColumns"/> that are always there. Default none.</summary>
    public IReadOnlyList<RecordColumn> RecordColumns { get; init; } = [];

    /// <summary>Which columns an ML.NET view has. Default <see cref="ViewColumns.All"/>; for experiments of <c>ml.Auto()</c>, <see cref="ViewColumns.Training"/>.</summary>
    public ViewColumns ViewColumns { get; init; } = ViewColumns.All;

    /// <summary>The fetch engine. Default <see cref="FetchEngine.Auto"/>.</summary>
    public FetchEngine Engine { get; init; } = FetchEngine.Auto;

    /// <summary>What to do with a record that cannot be decoded. Default <see cref="BadRecordPolicy.Throw"/>.</summary>
    public BadRecordPolicy OnBadRecord { get; init; } = BadRecordPolicy.Throw;

    /// <summary>What to do when offsets of the range are no longer in the log. Default <see cref="DataLossPolicy.Throw"/>.</summary>
    public DataLossPolicy OnDataLoss { get; init; } = DataLossPolicy.Throw;

    /// <summary>
    /// The bound on the bytes that one pass holds in memory: fetched records and decoded rows. Default 64 MiB, least 1 MiB.
    /// Record batches that are being read cannot be divided: at worst a pass holds one decompressed batch of each partition besides.
    /// </summary>
    public long PrefetchBytes { get; init; } = 64L << 20;

    /// <summary>How many threads decode at the same time in one pass. Default null: as many as pay, at most two fewer than there are cores. It never changes the rows or their order.</summary>
    public int? DecodeWorkers { get; init; }

    /// <summary>How long a broker or the registry may be unreachable before opening or reading fails. Default 30 seconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where to log. Default null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Told how far each pass has come, at most every 100 ms and once at its end. Default null.</summary>
    public IProgress<ReadProgress>? Progress { get; init; }

    /// <summary>The clock. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The options without any secret.</summary>
    public override string ToString() => $"{nameof(KafkaDatasetOptions)}({BootstrapServers}, {Range}, {Format}, {Engine})";

    /// <exception cref="InvalidOptionsException">Names every fault.</exception>
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
